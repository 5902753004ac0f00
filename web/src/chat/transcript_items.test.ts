import { expect, it } from "vitest";
import { EMPTY } from "../live/conversation";
import { turn } from "./fake_session";
import { transcriptItems } from "./transcript_items";

const NOW = new Date("2026-03-02T12:00:00");
const at = (day: number) => new Date(2026, 2, day, 12).toISOString();
const kinds = (items: ReturnType<typeof transcriptItems>) => items.map(({ kind }) => kind);

it("draws a line for each day but the first of today", () => {
  const turns = [
    turn({ author: "customer", seq: 1, at: at(1) }),
    turn({ author: "assistant", seq: 2, at: at(1) }),
    turn({ author: "customer", seq: 3, at: at(2) }),
  ];
  const items = transcriptItems({ ...EMPTY, turns }, NOW);
  expect(kinds(items)).toEqual(["day", "turn", "turn", "day", "turn"]);
  expect(kinds(transcriptItems({ ...EMPTY, turns: turns.slice(2) }, NOW))).toEqual(["turn"]);
});

it("joins what one author says, until something comes between", () => {
  const turns = [
    turn({ author: "expert", name: "Ada", seq: 1 }),
    turn({ author: "expert", name: "Ada", seq: 2 }),
    turn({ author: "expert", name: "Ben", seq: 3 }),
    turn({ author: "system", seq: 4 }),
    turn({ author: "expert", name: "Ben", seq: 5 }),
  ];
  const items = transcriptItems({ ...EMPTY, turns }, new Date());
  const continued = items.flatMap((item) => (item.kind === "turn" ? [item.continued] : []));
  expect(continued).toEqual([false, true, false, false]);
});

it("keeps an item's key when it becomes whole", () => {
  const at = NOW.toISOString();
  const before = transcriptItems(
    {
      ...EMPTY,
      outgoing: [{ client_id: "m1", text: "Hello", at, state: "sending" }],
      streams: [{ turn_id: "t2", attempt: 1, pieces: { 0: { pieces: 1, text: "Hel" } } }],
    },
    NOW,
  );
  const after = transcriptItems(
    {
      ...EMPTY,
      turns: [
        turn({ author: "customer", client_id: "m1", seq: 1, at }),
        turn({ author: "assistant", turn_id: "t2", seq: 2, at }),
      ],
    },
    NOW,
  );
  expect(before.map(({ key }) => key)).toEqual(after.map(({ key }) => key));
});

it("shows that an answer is being made before its first piece is there", () => {
  const items = transcriptItems({ ...EMPTY, answering: true }, NOW);
  expect(items).toMatchObject([{ kind: "stream", text: "" }]);
});
