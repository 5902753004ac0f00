import { act, render, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { refused } from "../live/desk_stand_in";
import { SignInProblem } from "../sign_in/authentication";
import { violations } from "../test_accessibility";
import DeskPage from "./desk_page";
import { type Bench, bench, CONFIGURATION, clearBench, inTopBar, openDesk } from "./test_bench";

afterEach(clearBench);

function signedOut(prepare?: Parameters<typeof bench>[0]): Bench {
  const at = bench(prepare);
  at.authentication.who = null;
  return at;
}

async function signIn({ user }: Bench, name = "ana", password = "Right-1-right") {
  await user.type(await screen.findByLabelText("User name or e-mail address"), name);
  await user.type(screen.getByLabelText("Password"), `${password}{Enter}`);
}

const theQueue = () => screen.findByText("Nobody is waiting.");

describe("signing in", () => {
  it("takes user name and password", async () => {
    const at = signedOut();
    await openDesk(at);
    await signIn(at, " ana ");
    await theQueue();
    expect(at.authentication.signIn).toHaveBeenCalledWith("ana", "Right-1-right");
  });

  it("says in words what is wrong, and keeps what was typed", async () => {
    const at = signedOut();
    at.authentication.problem = new SignInProblem("User name or password is wrong.");
    await openDesk(at);
    await signIn(at);
    expect((await screen.findByRole("alert")).textContent).toContain("is wrong");
    expect(screen.getByLabelText("User name or e-mail address")).toHaveProperty("value", "ana");
  });

  it("asks for an own password at the first time, and for the same twice", async () => {
    const at = signedOut();
    at.authentication.steps = [{ kind: "new_password", missing: ["name"] }, { kind: "signed_in" }];
    await openDesk(at);
    await signIn(at);
    await at.user.type(await screen.findByLabelText("New password"), "Own-password-1");
    await at.user.type(screen.getByLabelText("New password again"), "Own-passw0rd-1{Enter}");
    expect(await screen.findByText("The two passwords differ.")).toBeTruthy();
    expect(at.authentication.answered).toEqual([]);

    const again = screen.getByLabelText("New password again");
    await at.user.clear(again);
    await at.user.type(screen.getByLabelText("Name"), "Ana Novak");
    await at.user.type(again, "Own-password-1{Enter}");
    await theQueue();
    expect(at.authentication.answered).toEqual(["Own-password-1"]);
  });

  it("asks for the number of the authenticator app", async () => {
    const at = signedOut();
    at.authentication.steps = [{ kind: "code" }, { kind: "signed_in" }];
    await openDesk(at);
    await signIn(at);
    const code = await screen.findByLabelText("Six digits");
    await at.user.type(code, "12{Enter}");
    expect(await screen.findByText("Enter the six digits that the app shows.")).toBeTruthy();
    await at.user.clear(code);
    await at.user.type(code, "123 456{Enter}");
    await theQueue();
    expect(at.authentication.answered).toEqual(["123456"]);
  });

  it("shows the key for an app that does not know the desk yet", async () => {
    const at = signedOut();
    at.authentication.steps = [
      { kind: "enrol", secret: "ABCDEFGH", link: "otpauth://totp/x?secret=ABCDEFGH" },
      { kind: "signed_in" },
    ];
    await openDesk(at);
    await signIn(at);
    expect(await screen.findByText("ABCDEFGH")).toBeTruthy();
    await at.user.type(screen.getByLabelText("Six digits"), "123456{Enter}");
    await theQueue();
  });

  it("with a forgotten password goes by a code from the e-mail", async () => {
    const at = signedOut();
    await openDesk(at);
    await at.user.click(await screen.findByRole("button", { name: "Forgotten your password?" }));
    await at.user.type(screen.getByLabelText("User name or e-mail address"), "ana{Enter}");
    expect(await screen.findByText(/on its way to a\*\*\*@e\*\*\*/)).toBeTruthy();
    await at.user.type(screen.getByLabelText("Code from the e-mail"), "4711");
    await at.user.type(screen.getByLabelText("New password"), "Own-password-1");
    await at.user.type(screen.getByLabelText("New password again"), "Own-password-1{Enter}");
    await theQueue();
    expect(at.authentication.resetPassword).toHaveBeenCalledWith("ana", "4711", "Own-password-1");
    expect(at.authentication.signIn).toHaveBeenCalledWith("ana", "Own-password-1");
  });

  it("in a way that the page does not know says whom to ask", async () => {
    const at = signedOut();
    at.authentication.steps = [{ kind: "unsupported", name: "SMS" }];
    await openDesk(at);
    await signIn(at);
    expect((await screen.findByRole("alert")).textContent).toContain("(SMS)");
  });

  it("breaks no rule of accessibility", async () => {
    await openDesk(signedOut());
    expect(await violations(document.body)).toEqual([]);
  });
});

describe("the second step of the sign-in", () => {
  it("is switched on with a number of the app, and off again", async () => {
    const at = bench();
    await openDesk(at);
    await inTopBar(at, "Ana", "Two-step sign-in …");
    await at.user.click(await screen.findByRole("button", { name: "Set up" }));
    expect(await screen.findByText("ABCDEFGH")).toBeTruthy();
    expect(screen.getByRole("img", { name: /QR code/ })).toBeTruthy();
    const code = screen.getByLabelText("Six digits");
    expect(document.activeElement).toBe(code);
    await at.user.type(code, "000000{Enter}");
    expect(await screen.findByText("This code is wrong.")).toBeTruthy();
    await at.user.clear(code);
    await at.user.type(code, "123456{Enter}");
    await at.user.click(await screen.findByRole("button", { name: "Switch off" }));
    expect(await screen.findByRole("button", { name: "Set up" })).toBeTruthy();
    expect(at.authentication.second_step).toBe(false);
  });
});

describe("the e-mail's link", () => {
  it("opens its conversation after the sign-in, and decides nothing", async () => {
    const at = signedOut((server) => server.waiting("c1"));
    await openDesk(at, "/desk?conversation=c1&escalation=e-c1");
    expect(screen.getByText(/Opening it decides nothing/)).toBeTruthy();
    await signIn(at);
    expect(await screen.findByText("Where is my parcel?")).toBeTruthy();
    const sent = at.server.asked.filter(({ method }) => method === "POST");
    expect(sent.map(({ path }) => path)).toEqual(["/desk/ticket"]);
  });

  it("to a call that has ended says so", async () => {
    const at = bench((server) =>
      server.waiting("c1", {
        status: "handed_back",
        claimed_name: "Bo",
        ended_at: new Date().toISOString(),
      }),
    );
    at.server.view("c1").owner = "assistant";
    await openDesk(at, "/desk?conversation=c1&escalation=e-c1");
    expect(await screen.findByText(/has ended: handed back \(Bo\)/)).toBeTruthy();
  });

  it("to no conversation says so", async () => {
    await openDesk(bench(), "/desk?conversation=gone");
    expect(await screen.findByText(/There is no such conversation/)).toBeTruthy();
  });
});

describe("a sign-in that has run out", () => {
  it("is asked for again, and what was typed is still there", async () => {
    const at = bench((server) => server.held("c1"));
    await openDesk(at, "/desk?conversation=c1");
    await at.user.type(await screen.findByLabelText(/^Message to/), "half a sen");
    at.authentication.who = null;
    await at.user.click(screen.getByRole("button", { name: /^More about/ }));
    await at.user.click(await screen.findByText("Read again"));
    expect(await screen.findByText(/sign-in has run out/)).toBeTruthy();
    expect(screen.getByLabelText("User name or e-mail address")).toHaveProperty("value", "ana");

    await at.user.type(screen.getByLabelText("Password"), "Right-1-right{Enter}");
    await waitFor(() => expect(screen.queryByText(/sign-in has run out/)).toBeNull());
    expect(screen.getByLabelText(/^Message to/)).toHaveProperty("value", "half a sen");
  });
});

describe("signing out", () => {
  it("leaves nothing behind", async () => {
    const at = bench((server) => server.held("c1"));
    await openDesk(at, "/desk?conversation=c1");
    await at.user.type(await screen.findByLabelText(/^Message to/), "half a sen");
    await inTopBar(at, "Ana", "Sign out");
    expect(await screen.findByLabelText("Password")).toBeTruthy();
    expect(at.authentication.who).toBeNull();
    expect(JSON.stringify({ ...sessionStorage })).not.toContain("half a sen");
  });
});

describe("whom the desk is not for", () => {
  it("is told who may use it", async () => {
    const at = bench();
    at.server.instead.set("GET /desk/settings", () => refused(403, "access_denied", "No."));
    render(<DeskPage configuration={CONFIGURATION} authentication={at.authentication} />);
    expect(await screen.findByText("No access to the desk")).toBeTruthy();
    await at.user.click(screen.getByRole("button", { name: "Sign out" }));
    expect(await screen.findByLabelText("Password")).toBeTruthy();
  });

  it("where it is switched off, everybody is told", () => {
    render(<DeskPage configuration={{ ...CONFIGURATION, desk: null }} authentication={null} />);
    expect(screen.getByText("The desk is switched off")).toBeTruthy();
  });

  it("also where people sign in for the review alone", () => {
    const { authentication } = bench();
    const configuration = { ...CONFIGURATION, escalation: false };
    render(<DeskPage configuration={configuration} authentication={authentication} />);
    expect(screen.getByText("The desk is switched off")).toBeTruthy();
  });
});

describe("the way to the review", () => {
  const review = () => screen.queryAllByRole("link", { name: "Review", hidden: true });

  it.each([
    ["a lead", true, []],
    ["an expert who is a reviewer, too", false, ["experts", "reviewers"]],
  ])("is there for %s", async (_, lead, groups) => {
    const at = bench((server) => {
      server.me = { ...server.me, lead };
    });
    at.authentication.who = { user: "ana", name: "Ana Novak", groups };
    await openDesk(at);
    await theQueue();
    expect(review()).not.toEqual([]);
  });

  it("is not there for an expert alone", async () => {
    const at = bench();
    at.authentication.who = { user: "ana", name: "Ana Novak", groups: ["experts"] };
    await openDesk(at);
    await theQueue();
    expect(review()).toEqual([]);
  });
});

describe("a connection", () => {
  it("that is lost for more than a moment is told, until it is back", async () => {
    const at = bench();
    await openDesk(at);
    await theQueue();
    at.server.reachable = false;
    await act(async () => at.server.socket.breaks());
    expect(screen.queryByText("Connection lost")).toBeNull();
    expect(await screen.findByText("Connection lost", {}, { timeout: 5000 })).toBeTruthy();
    at.server.reachable = true;
    await waitFor(() => expect(at.server.sockets.length).toBeGreaterThan(1), { timeout: 5000 });
    await act(async () => at.server.socket.opens());
    await waitFor(() => expect(screen.queryByText("Connection lost")).toBeNull(), {
      timeout: 5000,
    });
  }, 20_000);

  it("that cannot be had at first is tried again", async () => {
    const at = bench();
    at.server.reachable = false;
    render(<DeskPage configuration={CONFIGURATION} authentication={at.authentication} />);
    expect(await screen.findByText(/server is not reached/)).toBeTruthy();
    at.server.reachable = true;
    await at.user.click(screen.getByRole("button", { name: "Try again" }));
    await theQueue();
  });
});

describe("a lead", () => {
  it("finds the overview, and what they hold stays held there", async () => {
    const at = bench((server) => {
      server.me = { ...server.me, lead: true };
      server.held("c1");
    });
    await openDesk(at, "/desk?conversation=c1");
    await inTopBar(at, "Overview");
    expect(location.pathname).toBe("/desk/overview");
    await waitFor(() => expect(document.title).toContain("Overview"));
    expect(at.server.sockets).toHaveLength(1);
    await inTopBar(at, "Queue");
    expect(location.pathname + location.search).toBe("/desk?conversation=c1");
    expect(await screen.findByText("Where is my parcel?")).toBeTruthy();
  });

  it("is somebody else: an expert finds no overview", async () => {
    const at = bench();
    await openDesk(at);
    await inTopBar(at, "Ana");
    expect(screen.queryByText("Overview")).toBeNull();
  });
});
