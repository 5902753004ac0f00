"""Somebody who uses no mouse."""

from playwright.sync_api import Locator, Page

_FAR = 40
"""More stops than any page here has."""


class Keyboard:
    def __init__(self, page: Page) -> None:
        self._page = page
        self.press = page.keyboard.press
        self.type = page.keyboard.type

    def go_to(self, target: Locator, key: str = "Tab") -> None:
        """Press the key until the target has the focus. Raises `AssertionError`."""
        passed = []
        for _ in range(_FAR):
            if target.count() and target.evaluate("(e) => e === document.activeElement"):
                assert self.focus_is_seen, f"nothing shows that {target} has the focus"
                return
            passed.append(self.focused)
            self.press(key)
        raise AssertionError(f"{key} does not lead to {target}, but to {passed}")

    @property
    def focused(self) -> str:
        """What has the focus, in a few words."""
        words: str = self._page.evaluate(
            """() => {
              const e = document.activeElement;
              const name = e.getAttribute("aria-label") ?? e.textContent.trim().slice(0, 40);
              return `${e.tagName.toLowerCase()} ${name}`;
            }"""
        )
        return words

    @property
    def focus_is_seen(self) -> bool:
        """Whether the focused element, or a ring drawn around it, looks different."""
        seen: bool = self._page.evaluate(_SEEN)
        return seen


# Rings are drawn as outline, box-shadow or border of the element, of a pseudo-element or of what
# stands around it; what is looked for is any difference to the same without the focus.
_SEEN = """() => {
  const focused = document.activeElement;
  const looks = () => {
    const around = [focused, focused.parentElement, focused.nextElementSibling].filter(Boolean);
    return JSON.stringify(around.flatMap((e) => [null, "::before", "::after"].map((part) => {
      const s = getComputedStyle(e, part);
      return [s.outline, s.boxShadow, s.border, s.content, s.backgroundColor, s.color];
    })));
  };
  const withFocus = looks();
  focused.blur();
  const without = looks();
  focused.focus({ focusVisible: true });
  return withFocus !== without;
}"""
