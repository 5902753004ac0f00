import { render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { refused } from "../live/http_stand_in";
import ReviewPage from "./review_page";
import { bench, CONFIGURATION, clearBench, openReview, theItem } from "./test_bench";

afterEach(clearBench);

describe("the review", () => {
  it("lets in who signs in, and shows the first item", async () => {
    const at = bench((server) => server.item("1"));
    at.authentication.who = null;
    await openReview(at);
    expect(screen.getByText("Sign in to rate answers.")).toBeTruthy();
    await at.user.type(await screen.findByLabelText("User name or e-mail address"), "ana");
    await at.user.type(screen.getByLabelText("Password"), "Right-1-right{Enter}");
    await theItem("Question 1?");
  });

  it("tells who it is not for whom to ask", async () => {
    const at = bench();
    at.server.instead.set("GET /review/settings", () => refused(403, "access_denied", "No."));
    render(<ReviewPage configuration={CONFIGURATION} authentication={at.authentication} />);
    expect(await screen.findByText("No access to the review")).toBeTruthy();
    await at.user.click(screen.getByRole("button", { name: "Sign out" }));
    expect(await screen.findByLabelText("Password")).toBeTruthy();
  });

  it("says where it is switched off", () => {
    const configuration = { ...CONFIGURATION, review: false };
    render(<ReviewPage configuration={configuration} authentication={bench().authentication} />);
    expect(screen.getByText("The review is switched off")).toBeTruthy();
  });

  it("that cannot be reached at first is tried again", async () => {
    const at = bench((server) => {
      server.item("1");
      server.reachable = false;
    });
    render(<ReviewPage configuration={CONFIGURATION} authentication={at.authentication} />);
    expect(await screen.findByText(/server is not reached/)).toBeTruthy();
    at.server.reachable = true;
    await at.user.click(screen.getByRole("button", { name: "Try again" }));
    await theItem("Question 1?");
  });
});

describe("the way to the desk", () => {
  const desk = () => screen.queryAllByRole("link", { name: "Desk", hidden: true });

  it("is there for who works there, too", async () => {
    const at = bench((server) => server.item("1"));
    at.authentication.who = { user: "ana", name: "Ana Novak", groups: ["experts", "reviewers"] };
    await openReview(at);
    await theItem("Question 1?");
    expect(desk()).not.toEqual([]);
  });

  it("is not there for others", async () => {
    const at = bench((server) => server.item("1"));
    at.authentication.who = { user: "ana", name: "Ana Novak", groups: ["reviewers"] };
    await openReview(at);
    await theItem("Question 1?");
    expect(desk()).toEqual([]);
  });
});

describe("a lead's page", () => {
  it("is none for a reviewer, who is told so and may go on rating", async () => {
    const at = bench((server) => server.item("1"));
    await openReview(at, "/review/overview");
    expect(await screen.findByText("This page is for leads")).toBeTruthy();
    expect(screen.queryByRole("navigation", { name: "Review" })).toBeNull();
    await at.user.click(screen.getByRole("link", { name: "Rate answers" }));
    await theItem("Question 1?");
    expect(location.pathname).toBe("/review");
  });

  it("is reached by its own address, also with a slash at the end, and from the others", async () => {
    const at = bench((server) => {
      server.settings.lead = true;
      server.item("1");
    });
    await openReview(at, "/review/withdrawals/");
    expect(await screen.findByRole("heading", { level: 1, name: "Withdrawals" })).toBeTruthy();
    expect(document.title).toBe("Withdrawals – Review");
    await at.user.click(screen.getByRole("link", { name: "Articles" }));
    expect(await screen.findByRole("heading", { level: 1, name: "Articles" })).toBeTruthy();
    expect(location.pathname).toBe("/review/articles");
    history.back();
    expect(await screen.findByRole("heading", { level: 1, name: "Withdrawals" })).toBeTruthy();
    expect(at.server.askedFor("POST", "/review/next")).toEqual([]);
  });
});
