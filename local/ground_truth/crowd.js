// The elements of crowd-html-elements.js that Tandem's template uses, with the same output:
// https://docs.aws.amazon.com/sagemaker/latest/dg/sms-ui-template-reference.html
"use strict";

const element = (name, connected) =>
  customElements.define(
    name,
    class extends HTMLElement {
      connectedCallback() {
        // A form moves what is in it, which connects it once more.
        if (this.begun) return;
        this.begun = true;
        // The children are there once the parser has gone on.
        queueMicrotask(() => setTimeout(() => connected(this)));
      }
    },
  );

const made = (tag, properties, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

for (const name of ["short-instructions", "full-instructions", "classification-target"]) {
  element(name, (self) => {
    self.style.display = "block";
  });
}

element("crowd-classifier", (self) => {
  const name = self.getAttribute("name");
  const group = made("fieldset", {}, made("legend", { textContent: self.getAttribute("header") }));
  for (const label of JSON.parse(self.getAttribute("categories"))) {
    const input = made("input", { type: "radio", name: `crowd:${name}`, value: label });
    group.append(made("label", {}, input, ` ${label}`), made("br", {}));
  }
  self.append(group);
  self.answer = () => {
    const chosen = group.querySelector("input:checked");
    return chosen ? { label: chosen.value } : null;
  };
  self.complete = () => self.answer() !== null;
});

element("crowd-text-area", (self) => {
  const label = self.getAttribute("label") ?? self.getAttribute("placeholder") ?? self.getAttribute("name");
  const area = made("textarea", {
    rows: Number(self.getAttribute("rows") ?? 3),
    placeholder: self.getAttribute("placeholder") ?? "",
    maxLength: Number(self.getAttribute("max-length") ?? -1),
  });
  area.setAttribute("aria-label", label);
  self.append(area);
  self.answer = () => area.value;
  self.complete = () => !self.hasAttribute("required") || area.value.trim() !== "";
});

element("crowd-checkbox", (self) => {
  const box = made("input", { type: "checkbox", checked: self.hasAttribute("checked") });
  const words = [...self.childNodes];
  self.append(made("label", {}, box, " ", ...words));
  const value = self.getAttribute("value") ?? "on";
  self.answer = () => ({ [value]: box.checked });
  self.complete = () => !self.hasAttribute("required") || box.checked;
});

element("crowd-form", (self) => {
  const form = made("form", { method: "post", noValidate: true });
  form.append(...self.childNodes);
  const collected = made("input", { type: "hidden", name: "answer" });
  const missing = made("p", { role: "alert" });
  form.append(collected, missing, made("button", { type: "submit", textContent: "Submit" }));
  form.addEventListener("submit", (event) => {
    const parts = [...form.querySelectorAll("[name]")].filter((part) => part.answer);
    const flagged = parts.some((part) => Object.values(part.answer() ?? {}).includes(true));
    if (!flagged && !parts.every((part) => part.complete())) {
      event.preventDefault();
      missing.textContent = "Something is missing.";
      return;
    }
    const answer = {};
    for (const part of parts) {
      const said = part.answer();
      if (said !== null) {
        answer[part.getAttribute("name")] = said;
      }
    }
    collected.value = JSON.stringify(answer);
  });
  self.append(form);
});
