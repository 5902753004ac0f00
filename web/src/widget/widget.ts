import type { WidgetOptions } from "./options";
import { type FromFrame, type FromLoader, messageFrom } from "./protocol";
import { STYLE } from "./style";
import { widgetWords } from "./words";

/** Gives a token of the team's own identity provider. */
export type GetToken = () => Promise<string> | string;

const TALK = "M4 5h16v11H9l-5 4z M8 9h8 M8 12h5";
const CROSS = "M6 6l12 12 M18 6L6 18";

/** A button on a team's page that opens the chat in a frame. */
export class Widget {
  private readonly host = document.createElement("tandem-chat");
  private readonly root = this.host.attachShadow({ mode: "open" });
  private readonly button = document.createElement("button");
  private readonly dot = document.createElement("span");
  private frame: HTMLIFrameElement | null = null;
  private frameReady = false;
  private getToken: GetToken | null = null;

  constructor(private readonly options: WidgetOptions) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.root.adoptedStyleSheets = [sheet];
    this.host.dataset.position = options.position;
    if (options.theme) this.host.dataset.theme = options.theme;
    this.dot.className = "dot";
    this.button.type = "button";
    this.button.append(icon(TALK, "talk"), icon(CROSS, "cross"), this.dot);
    this.button.addEventListener("click", () => (this.shown ? this.close() : this.open()));
    this.host.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.shown) this.close();
    });
    this.root.append(this.button);
    this.say({ shown: false, unread: false });
    addEventListener("message", this.receive);
    document.body.append(this.host);
    if (options.open) this.open();
  }

  readonly open = (): void => {
    this.frame ??= this.makeFrame();
    this.frame.hidden = false;
    this.say({ shown: true, unread: false });
    this.frame.focus();
    this.greet();
  };

  readonly close = (): void => {
    if (!this.frame || this.frame.hidden) return;
    this.frame.hidden = true;
    this.say({ shown: false, unread: false });
    this.button.focus();
  };

  /**
   * Says who the customer is: `getToken` is asked for a token of the team's own identity provider
   * whenever the chat needs one. `null`: nobody is signed in (any more).
   */
  readonly identify = (getToken: GetToken | null): void => {
    this.getToken = getToken;
    if (this.frameReady) this.send({ tandem: "identity", known: getToken !== null });
  };

  private get shown(): boolean {
    return this.frame !== null && !this.frame.hidden;
  }

  private makeFrame(): HTMLIFrameElement {
    const { origin, language, theme, label } = this.options;
    const address = new URL("/", origin);
    address.searchParams.set("embedded", "1");
    address.searchParams.set("language", language);
    address.searchParams.set("host", location.origin);
    if (theme) address.searchParams.set("theme", theme);
    const frame = document.createElement("iframe");
    frame.id = "frame";
    frame.title = label ?? widgetWords(language).chat;
    frame.allow = "clipboard-write";
    frame.src = address.href;
    // Before the button, as it stands on the screen.
    this.root.prepend(frame);
    this.button.setAttribute("aria-controls", frame.id);
    return frame;
  }

  private say({ shown, unread }: { shown: boolean; unread: boolean }): void {
    const words = widgetWords(this.options.language);
    const label = this.options.label ?? words.chat;
    this.button.setAttribute("aria-expanded", String(shown));
    this.button.setAttribute("aria-label", unread ? words.unread(label) : label);
    this.dot.hidden = !unread;
  }

  private readonly receive = (event: MessageEvent): void => {
    const from = { window: this.frame?.contentWindow ?? null, origin: this.options.origin };
    const message = messageFrom<FromFrame>(event, from);
    switch (message?.tandem) {
      case "ready":
        this.frameReady = true;
        this.host.dataset.ready = "";
        this.send({ tandem: "identity", known: this.getToken !== null });
        this.greet();
        return;
      case "close":
        this.close();
        return;
      case "news":
        if (!this.shown) this.say({ shown: false, unread: true });
        return;
      case "token":
        void this.answer(message.id);
    }
  };

  private greet(): void {
    if (this.frameReady && this.shown) this.send({ tandem: "opened" });
  }

  private async answer(id: number): Promise<void> {
    let token: string | null = null;
    try {
      token = (await this.getToken?.()) ?? null;
    } catch {
      // The chat says to the customer that they have to sign in.
    }
    this.send({ tandem: "token", id, token });
  }

  private send(message: FromLoader): void {
    this.frame?.contentWindow?.postMessage(message, this.options.origin);
  }
}

function icon(path: string, name: string): SVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", name);
  const drawn = document.createElementNS(namespace, "path");
  drawn.setAttribute("d", path);
  svg.append(drawn);
  return svg;
}
