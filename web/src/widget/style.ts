/**
 * The widget's style sheet. It is made by script (a constructed style sheet), which a strict
 * content-security policy of the team's page allows, and lies in a shadow tree, where neither
 * page changes the other. Lengths are in px: what a rem is, the team's page decides.
 */
export const STYLE = `
:host {
  all: initial;
  --button: #006ce0;
  --button-hover: #002b66;
  --mark: #fff;
  --panel: #fff;
  --line: rgb(0 0 0 / 15%);
  --unread: #db0000;
}
:host([data-theme="dark"]) {
  --button: #42b4ff;
  --button-hover: #75cfff;
  --mark: #0f141a;
  --panel: #161d26;
  --line: rgb(255 255 255 / 25%);
  --unread: #ff7a7a;
}
@media (prefers-color-scheme: dark) {
  :host(:not([data-theme])) {
    --button: #42b4ff;
    --button-hover: #75cfff;
    --mark: #0f141a;
    --panel: #161d26;
    --line: rgb(255 255 255 / 25%);
    --unread: #ff7a7a;
  }
}
button, iframe {
  position: fixed;
  z-index: 2147483000;
  box-sizing: border-box;
  inset-block-end: calc(16px + env(safe-area-inset-bottom));
}
:host([data-position="left"]) :is(button, iframe) { left: 16px; }
:host([data-position="right"]) :is(button, iframe) { right: 16px; }
button {
  width: 56px;
  height: 56px;
  padding: 0;
  border: 0;
  border-radius: 50%;
  background: var(--button);
  color: var(--mark);
  box-shadow: 0 2px 8px rgb(0 0 0 / 30%);
  cursor: pointer;
}
button:hover { background: var(--button-hover); }
button:focus-visible {
  outline: 3px solid var(--button);
  outline-offset: 3px;
}
svg {
  display: block;
  width: 28px;
  height: 28px;
  margin: auto;
  fill: none;
  stroke: currentColor;
  stroke-width: 2;
  stroke-linecap: round;
  stroke-linejoin: round;
}
button[aria-expanded="true"] .talk, button[aria-expanded="false"] .cross { display: none; }
.dot {
  position: absolute;
  top: 0;
  right: 0;
  width: 14px;
  height: 14px;
  border: 2px solid var(--panel);
  border-radius: 50%;
  background: var(--unread);
}
.dot[hidden], iframe[hidden] { display: none; }
iframe {
  inset-block-end: calc(84px + env(safe-area-inset-bottom));
  width: 400px;
  height: min(672px, calc(100vh - 104px));
  max-width: calc(100vw - 32px);
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--panel);
  box-shadow: 0 8px 32px rgb(0 0 0 / 25%);
}
@media (prefers-reduced-motion: no-preference) {
  button { transition: background 120ms; }
  iframe { animation: appear 150ms ease-out; }
  @keyframes appear { from { opacity: 0; transform: translateY(12px); } }
}
@media (max-width: 480px), (max-height: 480px) {
  :host([data-position]) iframe {
    inset: 0;
    width: 100%;
    max-width: none;
    height: 100%;
    border: 0;
    border-radius: 0;
  }
  /* The chat has a way out of its own, once it is there. */
  :host([data-ready]) button[aria-expanded="true"] { display: none; }
}
@media (forced-colors: active) {
  button { border: 2px solid ButtonText; }
}
@media print {
  :host { display: none; }
}
`;
