import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { refused } from "../live/desk_stand_in";
import { violations } from "../test_accessibility";
import { type Bench, bench, clearBench, openDesk } from "./test_bench";

afterEach(clearBench);

const AT = "/desk?conversation=c1";
const DRAFT = {
  turn_id: "draft-1",
  in_reply_to: 1,
  text: "It is **on its way**.",
  model_id: "model-7",
  sources: [{ title: "Shipping", uri: "https://example.test/shipping", score: 0.8, numbers: [] }],
  withheld_because: "the customer is upset",
  at: new Date(0).toISOString(),
};

const field = () => screen.findByLabelText(/^Message to/);
const button = (name: string | RegExp) => screen.findByRole("button", { name });
const messages = (at: Bench) => at.server.askedFor("POST", "/desk/conversations/c1/messages");

async function held(prepare: (server: Bench["server"]) => void = () => {}): Promise<Bench> {
  const at = bench((server) => {
    server.held("c1");
    prepare(server);
  });
  await openDesk(at, AT);
  await field();
  return at;
}

describe("taking over", () => {
  it("comes before writing: until then there is no field", async () => {
    const at = bench((server) => server.waiting("c1"));
    await openDesk(at, AT);
    const take = await button("Take over");
    expect(screen.queryByLabelText(/^Message to/)).toBeNull();
    expect(at.server.askedFor("POST", "/desk/conversations/c1/claim")).toEqual([]);

    await at.user.click(take);
    await waitFor(async () => expect(document.activeElement).toBe(await field()));
    expect(screen.queryByRole("button", { name: "Take over" })).toBeNull();
  });

  it("that a colleague has done before is told, with the name, and nothing can be written", async () => {
    const at = bench((server) => server.waiting("c1"));
    at.server.instead.set("POST /desk/conversations/c1/claim", () => {
      at.server.changed("e-c1", { status: "claimed", claimed_by: "bo", claimed_name: "Bo" });
      return refused(409, "already_claimed", "Bo has it.", { by: "Bo" });
    });
    await openDesk(at, AT);
    await at.user.click(await button("Take over"));
    expect(await screen.findByText(/Bo was faster/)).toBeTruthy();
    expect(await screen.findByText(/Bo writes here/)).toBeTruthy();
    expect(screen.queryByLabelText(/^Message to/)).toBeNull();
  });

  it("can be done from the keyboard, in the conversation that is worked in", async () => {
    const at = bench((server) => {
      server.waiting("c0");
      server.waiting("c1");
    });
    await openDesk(at, "/desk?conversation=c0&conversation=c1");
    await waitFor(() =>
      expect(screen.getAllByRole("button", { name: "Take over" })).toHaveLength(2),
    );
    fireEvent.keyDown(document.body, { code: "Digit1", key: "1", altKey: true });
    fireEvent.keyDown(document.activeElement ?? document.body, { code: "KeyO", altKey: true });
    await field();
    expect(at.server.askedFor("POST", "/desk/conversations/c0/claim")).toHaveLength(1);
    expect(at.server.askedFor("POST", "/desk/conversations/c1/claim")).toHaveLength(0);
  });

  it("is no more when the server has given the conversation back; what was typed stays", async () => {
    const at = await held();
    await at.user.type(await field(), "half a sen");
    await at.says(
      at.server.changed("e-c1", { status: "waiting", claimed_by: null, claimed_name: null }),
    );
    expect(await screen.findByText(/went back to the queue/)).toBeTruthy();
    expect(screen.getByText(/was not sent and is kept/)).toBeTruthy();
    await at.user.click(await button("Take over"));
    expect(await field()).toHaveProperty("value", "half a sen");
  });
});

describe("writing", () => {
  it("is sent by Ctrl+Enter, and Enter alone makes a new line", async () => {
    const at = await held();
    await at.user.type(await field(), "One{Enter}two");
    expect(messages(at)).toEqual([]);
    await at.user.keyboard("{Control>}{Enter}{/Control}");
    await waitFor(() => expect(messages(at)).toHaveLength(1));
    expect(messages(at)[0]?.body).toMatchObject({ text: "One\ntwo", use_draft: false });
    expect(await field()).toHaveProperty("value", "");
    await waitFor(() => expect(screen.getAllByText(/One/)).toHaveLength(1));
  });

  it("shows the customer that somebody types", async () => {
    const at = await held();
    await at.user.type(await field(), "x");
    expect(at.server.socket.frames).toContainEqual({ action: "typing", conversation_id: "c1" });
  });

  it("that is too long, or nothing, cannot be sent", async () => {
    const at = await held();
    expect(await button("Send")).toHaveProperty("disabled", true);
    fireEvent.change(await field(), { target: { value: "x".repeat(4001) } });
    expect(await screen.findByText("At most 4000 characters; there are 4001.")).toBeTruthy();
    await at.user.type(await field(), "{Control>}{Enter}{/Control}");
    expect(messages(at)).toEqual([]);
  });

  it("that failed says why, and is sent again with the same id", async () => {
    const at = await held();
    at.server.instead.set("POST /desk/conversations/c1/messages", () =>
      refused(429, "too_many_requests", "Wait a minute."),
    );
    await at.user.type(await field(), "Hello{Control>}{Enter}{/Control}");
    expect(await screen.findByText(/Not sent. Wait a minute./)).toBeTruthy();
    at.server.instead.clear();
    await at.user.click(await button("Send again"));
    await waitFor(() => expect(screen.queryByText(/Not sent/)).toBeNull());
    expect(new Set(messages(at).map(({ body }) => body.client_id)).size).toBe(1);
  });

  it("inserts a canned reply at the cursor, with my name in it", async () => {
    const at = await held((server) => {
      server.canned_replies = [
        { title: "Greeting", text: "I am {me}." },
        { title: "Closing", text: "Good bye." },
      ];
    });
    const typed = (await field()) as HTMLTextAreaElement;
    await at.user.type(typed, "Hi! Bye");
    typed.setSelectionRange(4, 4);
    fireEvent.select(typed);
    await at.user.click(await button(/Insert a canned reply/));
    await at.user.type(await screen.findByLabelText("Search the canned replies"), "greet");
    await at.user.click(await screen.findByRole("option", { name: /Greeting/ }));
    await waitFor(() => expect(typed.value).toBe("Hi! I am Ana.Bye"));
    await waitFor(() => expect(document.activeElement).toBe(typed));
    expect(typed.selectionStart).toBe("Hi! I am Ana.".length);
  });
});

describe("the withheld answer", () => {
  const withDraft = (server: Bench["server"]) => {
    server.view("c1").draft = DRAFT;
  };

  it("says why it was withheld, and cannot be sent by who does not hold the conversation", async () => {
    const at = bench((server) => {
      server.waiting("c1");
      withDraft(server);
    });
    await openDesk(at, AT);
    expect(await screen.findByText("Not sent: the customer is upset.")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Send as it is" })).toBeNull();
  });

  it("is sent as it is, once", async () => {
    const at = await held(withDraft);
    await at.user.click(await button("Send as it is"));
    await waitFor(() => expect(messages(at)).toHaveLength(1));
    expect(messages(at)[0]?.body).toMatchObject({ text: "", use_draft: true });
    expect(screen.queryByRole("button", { name: "Send as it is" })).toBeNull();
  });

  it("is edited in the message field and sent as an edited draft", async () => {
    const at = await held(withDraft);
    await at.user.click(await button("Edit"));
    expect(await field()).toHaveProperty("value", DRAFT.text);
    expect(screen.queryByRole("button", { name: "Send as it is" })).toBeNull();
    await at.user.type(await field(), " Really.{Control>}{Enter}{/Control}");
    await waitFor(() => expect(messages(at)).toHaveLength(1));
    expect(messages(at)[0]?.body).toMatchObject({
      text: "It is **on its way**. Really.",
      use_draft: true,
    });
  });

  it("that was sent before the page was loaded is not offered again", async () => {
    await held((server) => {
      withDraft(server);
      const { sources } = DRAFT;
      server.said("c1", { author: "expert", name: "Ana", text: "It comes, truly.", sources });
    });
    expect(await screen.findByText("It comes, truly.")).toBeTruthy();
    expect(screen.queryByText("Withheld answer")).toBeNull();
  });

  it("that is of an earlier call is not sent as a draft of this one", async () => {
    const at = await held(withDraft);
    await at.user.click(await button("Edit"));
    at.server.view("c1").draft = null;
    await at.user.click(await button(/^More about/));
    await at.user.click(await screen.findByText("Read again"));
    await waitFor(() => expect(screen.queryByText(/sent with its sources/)).toBeNull());
    await at.user.type(await field(), "!{Control>}{Enter}{/Control}");
    await waitFor(() => expect(messages(at)).toHaveLength(1));
    expect(messages(at)[0]?.body.use_draft).toBe(false);
  });

  it("is set aside here, and can be had back", async () => {
    const at = await held(withDraft);
    await at.user.click(await button("Discard"));
    expect(screen.queryByText("Withheld answer")).toBeNull();
    expect(document.activeElement?.textContent).toMatch(/^Guest/);
    expect(messages(at)).toEqual([]);
    await at.user.click(await button(/^More about/));
    await at.user.click(await screen.findByText("Show the withheld answer"));
    expect(await screen.findByText("Withheld answer")).toBeTruthy();
  });
});

describe("ending", () => {
  it("by resolving wants an outcome", async () => {
    const at = await held();
    await at.user.click(await button("Resolve …"));
    const dialog = await screen.findByRole("dialog");
    await at.user.click(within(dialog).getByRole("button", { name: "Resolve" }));
    expect(await within(dialog).findByText("Say how it ended.")).toBeTruthy();
    expect(at.server.askedFor("POST", "/desk/conversations/c1/resolve")).toEqual([]);

    await at.user.type(within(dialog).getByLabelText("Outcome"), "refunded");
    await at.user.type(within(dialog).getByLabelText(/^Internal note/), "was right");
    await at.user.click(within(dialog).getByRole("button", { name: "Resolve" }));
    expect(await screen.findByText(/This conversation is closed./)).toBeTruthy();
    expect(at.server.askedFor("POST", "/desk/conversations/c1/resolve")[0]?.body).toEqual({
      outcome: "refunded",
      note: "was right",
      knowledge: false,
    });
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("leaves the focus in the conversation", async () => {
    const at = await held();
    await at.user.click(await button("Hand back …"));
    const dialog = await screen.findByRole("dialog");
    await at.user.click(within(dialog).getByRole("button", { name: "Hand back" }));
    await screen.findByText(/The assistant answers here/);
    const column = document.querySelector("[data-conversation=c1]");
    await waitFor(() => expect(column?.contains(document.activeElement)).toBe(true));
  });

  it("by handing back wants none, and shows what would become knowledge before it does", async () => {
    const at = await held();
    at.server.knowledge = { question: "Where is [NAME]'s parcel?", answer: "In Ulm." };
    await at.user.click(await button("Hand back …"));
    const dialog = await screen.findByRole("dialog");
    await at.user.click(within(dialog).getByLabelText("Add to knowledge"));
    expect(await within(dialog).findByText("Where is [NAME]'s parcel?")).toBeTruthy();
    expect(within(dialog).getByText("In Ulm.")).toBeTruthy();
    await at.user.click(within(dialog).getByRole("button", { name: "Hand back" }));
    expect(await screen.findByText(/The assistant answers here/)).toBeTruthy();
    expect(at.server.askedFor("POST", "/desk/conversations/c1/hand-back")[0]?.body).toMatchObject({
      outcome: "",
      knowledge: true,
    });
  });

  it("says that something is written and not sent", async () => {
    const at = await held();
    await at.user.click(await button("Resolve …"));
    expect(within(await screen.findByRole("dialog")).queryByText(/has not got/)).toBeNull();
    await at.user.click(screen.getByRole("button", { name: "Cancel" }));
    await at.user.type(await field(), "Good bye");
    await at.user.click(await button("Resolve …"));
    expect(within(await screen.findByRole("dialog")).getByText(/has not got/)).toBeTruthy();
  });

  it("that the server refuses says so and loses nothing", async () => {
    const at = await held();
    at.server.instead.set("POST /desk/conversations/c1/resolve", () =>
      refused(409, "not_yours", "Bo holds it."),
    );
    await at.user.click(await button("Resolve …"));
    const dialog = await screen.findByRole("dialog");
    await at.user.type(within(dialog).getByLabelText("Outcome"), "refunded");
    await at.user.click(within(dialog).getByRole("button", { name: "Resolve" }));
    expect(await within(dialog).findByText("Bo holds it.")).toBeTruthy();
    expect(within(dialog).getByLabelText("Outcome")).toHaveProperty("value", "refunded");
  });

  it("a follow-up is noted with how", async () => {
    const at = bench((server) => server.waiting("c1", { status: "expired", follow_up: true }));
    at.server.view("c1").owner = "assistant";
    await openDesk(at, AT);
    await at.user.click(await button("Follow-up done"));
    const dialog = await screen.findByRole("dialog");
    await at.user.type(within(dialog).getByLabelText("Outcome"), "called back");
    await at.user.click(within(dialog).getByRole("button", { name: "Note as done" }));
    await waitFor(() =>
      expect(at.server.askedFor("POST", "/desk/conversations/c1/follow-up")[0]?.body).toMatchObject(
        {
          escalation_id: "e-c1",
          outcome: "called back",
        },
      ),
    );
    await waitFor(() => expect(screen.queryByText("Follow-up due")).toBeNull());
  });
});

describe("reassigning", () => {
  const choose = async (at: Bench, name: string) => {
    await at.user.click(await button(/^More about/));
    await at.user.click(await screen.findByText("Reassign …"));
    const dialog = await screen.findByRole("dialog");
    await at.user.click(within(dialog).getByRole("button", { name: /^For/ }));
    await at.user.click(await within(dialog).findByText(name));
    await at.user.click(within(dialog).getByRole("button", { name: "Reassign" }));
  };
  const people = [
    { user: "ana", name: "Ana", lead: false },
    { user: "bo", name: "Bo Li", lead: true },
  ];

  it("gives a conversation to somebody who is at the desk", async () => {
    const at = await held((server) => {
      server.people = people;
    });
    await choose(at, "Bo Li");
    await waitFor(() =>
      expect(at.server.askedFor("POST", "/desk/conversations/c1/reassign")[0]?.body).toEqual({
        to: "bo",
        note: "",
      }),
    );
    expect(await button("Take over")).toBeTruthy();
  });

  it("of what a colleague holds is a lead's right", async () => {
    const claimed = { status: "claimed", claimed_by: "bo", claimed_name: "Bo" };
    const at = bench((server) => {
      server.waiting("c1", claimed);
      server.me = { ...server.me, lead: true };
      server.people = people;
    });
    await openDesk(at, AT);
    await screen.findByText(/Bo writes here/);
    await choose(at, "Ana");
    await waitFor(() =>
      expect(at.server.askedFor("POST", "/desk/conversations/c1/reassign")[0]?.body.to).toBe("ana"),
    );
  });

  it("is not offered to an expert who does not hold the conversation", async () => {
    const at = bench((server) =>
      server.waiting("c1", { status: "claimed", claimed_by: "bo", claimed_name: "Bo" }),
    );
    await openDesk(at, AT);
    await screen.findByText(/Bo writes here/);
    await at.user.click(await button(/^More about/));
    const item = (await screen.findByText("Reassign …")).closest("[role=menuitem]");
    expect(item?.getAttribute("aria-disabled")).toBe("true");
  });
});

describe("what is shown", () => {
  it("takes no text for markup, and follows no dangerous link", async () => {
    const evil = '<img src=x onerror="alert(1)"><b>bold</b> [x](javascript:alert(1))';
    const at = await held((server) => {
      server.said("c1", { text: evil });
      server.said("c1", {
        author: "assistant",
        text: evil,
        model_id: evil,
        sources: [{ title: evil, uri: "javascript:alert(1)", score: null, numbers: [] }],
      });
      server.said("c1", { author: "expert", name: evil, text: evil });
      server.said("c1", { author: "system", code: "x", text: evil });
      server.view("c1").ratings = [
        {
          conversation_id: "c1",
          turn_id: "c1-t3",
          thumb: "down",
          stars: null,
          reason: evil,
          at: new Date().toISOString(),
        },
      ];
      server.view("c1").draft = { ...DRAFT, text: evil, withheld_because: evil };
      server.audit.push({
        entry_id: "a",
        conversation_id: "c1",
        escalation_id: null,
        at: new Date().toISOString(),
        actor: evil,
        action: evil,
        detail: { reason: evil },
      });
    });
    await at.user.click(await button(/^More about/));
    await at.user.click(await screen.findByText("History"));
    await screen.findByText(`Reason: ${evil}`);
    expect(document.querySelectorAll("img, b, script")).toHaveLength(0);
    const links = [...document.querySelectorAll("a")].map((link) => link.getAttribute("href"));
    expect(links.filter((href) => /^javascript:/i.test(href ?? ""))).toEqual([]);
    expect(screen.getAllByText(evil).length).toBeGreaterThan(2);
  });

  it("says why the gate called a person, with what was measured", async () => {
    const at = await held((server) => {
      server.said("c1", {
        text: "I am furious",
        decision: {
          person: true,
          trigger: "negative_sentiment",
          reason: "the customer is upset",
          observed: { sentiment: -0.83, wants_person: false },
          thresholds: { sentiment: -0.5 },
          gate_model_id: "gate-1",
        },
      });
    });
    await at.user.click(await button("Gate: a person was called"));
    const row = (await screen.findByText(/^Sentiment/)).closest("tr");
    expect(row?.textContent).toMatch(/-0.83.*-0.5/);
    expect(screen.getByText("gate-1")).toBeTruthy();
  });

  it("has the new words of the customer read out, not the old ones", async () => {
    const at = await held();
    const aloud = () =>
      [...document.querySelectorAll("[aria-live=polite]")]
        .map((region) => region.textContent)
        .join();
    expect(aloud()).not.toContain("Where is my parcel?");
    await at.says(at.server.said("c1", { text: "Are you there?" }));
    await waitFor(() => expect(aloud()).toContain("Are you there?"), { timeout: 4000 });
  });

  it("breaks no rule of accessibility", async () => {
    const at = await held((server) => {
      server.view("c1").draft = DRAFT;
      server.canned_replies = [{ title: "Greeting", text: "Hi" }];
      server.waiting("c2");
      server.waiting("c3", { status: "claimed", claimed_by: "bo", claimed_name: "Bo" });
      server.waiting("c4", { status: "expired", follow_up: true });
    });
    await screen.findByText("Withheld answer");
    expect(await violations(document.body)).toEqual([]);
    await at.user.click(await button("Resolve …"));
    expect(await violations(await screen.findByRole("dialog"))).toEqual([]);
  });
});
