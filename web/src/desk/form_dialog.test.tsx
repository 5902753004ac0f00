import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactNode, useState } from "react";
import { afterEach, describe, expect, it } from "vitest";
import type { Refusal } from "../live/http";
import EndingDialog from "./ending_dialog";
import ReassignDialog from "./reassign_dialog";

afterEach(cleanup);

const server = {
  knowledge: async () => ({ question: "", answer: "" }),
  people: async () => [],
};
const done = async (): Promise<Refusal | null> => null;

function Opener({ dialog }: { dialog: (onClose: () => void) => ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Open
      </button>
      {open && dialog(() => setOpen(false))}
    </>
  );
}

const ending = (kind: "hand_back" | "resolve" | "follow_up") => (onClose: () => void) => (
  <EndingDialog
    kind={kind}
    conversation_id="c1"
    server={server}
    unsent={false}
    onConfirm={done}
    onClose={onClose}
  />
);
const reassign = (onClose: () => void) => (
  <ReassignDialog holder="ana" server={server} onConfirm={done} onClose={onClose} />
);

describe.each([
  ["Hand back to the assistant", ending("hand_back"), /^Outcome/],
  ["Resolve", ending("resolve"), /^Outcome/],
  ["Follow-up done", ending("follow_up"), /^Outcome/],
  ["Reassign", reassign, /^For/],
])("the dialog “%s”", (name, dialog, field) => {
  it("begins in its first field, and gives the focus back", async () => {
    const user = userEvent.setup();
    render(<Opener dialog={dialog} />);
    const opener = screen.getByRole("button", { name: "Open" });
    await user.click(opener);
    const shown = await screen.findByRole("dialog", { name });
    const first = screen.getByLabelText(field);
    await waitFor(() => expect(document.activeElement).toBe(first));
    expect(shown.contains(first)).toBe(true);
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(document.activeElement).toBe(opener));
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
