import { render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { refused } from "../live/http_stand_in";
import ModelsPage from "./models_page";
import {
  type Bench,
  bench,
  CONFIGURATION,
  clearBench,
  lead,
  openModels,
  thePair,
} from "./test_bench";

afterEach(clearBench);

function show({ authentication }: Bench, change: Partial<typeof CONFIGURATION> = {}) {
  const configuration = { ...CONFIGURATION, ...change };
  return render(<ModelsPage configuration={configuration} authentication={authentication} />);
}

describe("the models' pages", () => {
  it("let in a lead who signs in", async () => {
    const at = lead();
    at.authentication.who = null;
    await openModels(at);
    expect(screen.getByText(/Sign in to compare answers/)).toBeTruthy();
    await at.user.type(await screen.findByLabelText("User name or e-mail address"), "ana");
    await at.user.type(screen.getByLabelText("Password"), "Right-1-right{Enter}");
    expect(await screen.findByText("Live now")).toBeTruthy();
  });

  it("are for leads, but for the comparison: a reviewer is told so", async () => {
    const at = bench((server) => server.pair("1"));
    await openModels(at, "/models?version=4");
    expect(await screen.findByText("This page is for leads")).toBeTruthy();
    expect(screen.queryByRole("navigation", { name: "Models" })).toBeNull();
    await at.user.click(screen.getByRole("link", { name: "Compare answers" }));
    await thePair("Question 1?");
    expect(location.pathname + location.search).toBe("/models/compare");
    expect(at.server.askedFor("GET", "/models/versions/4")).toEqual([]);
  });

  it("tell who they are not for whom to ask", async () => {
    const at = bench(() => {}, ["experts"]);
    show(at);
    expect(await screen.findByText("No access to the models")).toBeTruthy();
    expect(screen.getByRole("link", { name: "Go to the desk" })).toBeTruthy();
    expect(at.server.asked).toEqual([]);
    await at.user.click(screen.getByRole("button", { name: "Sign out" }));
    expect(await screen.findByLabelText("Password")).toBeTruthy();
  });

  it("leave it to the server who may compare", async () => {
    const at = bench();
    at.server.instead.set("POST /models/compare/next", () => refused(403, "access_denied", "No."));
    history.replaceState(null, "", "/models/compare");
    show(at);
    expect(await screen.findByText("No access to the models")).toBeTruthy();
  });

  it("say where they are switched off", () => {
    show(lead(), { tuning: false });
    expect(screen.getByText("No models are trained here")).toBeTruthy();
    expect(screen.getByText("TuningModule")).toBeTruthy();
  });
});

describe("each page", () => {
  it("has an address of its own, also with a slash at the end, and a title", async () => {
    const at = lead((server) => {
      server.version(4);
      server.pair("1");
    });
    await openModels(at, "/models/");
    await at.user.click(await screen.findByRole("link", { name: "Version 4" }));
    expect(await screen.findByRole("heading", { level: 1, name: "Version 4" })).toBeTruthy();
    expect(location.pathname + location.search).toBe("/models?version=4");
    expect(document.title).toBe("Version 4 – Models");
    await at.user.click(screen.getByRole("link", { name: "Compare" }));
    await thePair("Question 1?");
    expect(location.pathname + location.search).toBe("/models/compare");
    expect(document.title).toBe("Compare – Models");
    history.back();
    expect(await screen.findByRole("heading", { level: 1, name: "Version 4" })).toBeTruthy();
    history.back();
    expect(await screen.findByRole("heading", { level: 1, name: "Models" })).toBeTruthy();
    expect(document.title).toBe("Models");
  });

  it.each(["?version=0", "?version=x", "?version=-1", "?version=4.5", "?version="])(
    "%s names no version: all are shown",
    async (search) => {
      await openModels(lead(), `/models${search}`);
      expect(await screen.findByRole("heading", { level: 1, name: "Models" })).toBeTruthy();
    },
  );
});

describe("the ways to the other pages", () => {
  const link = (name: string) => screen.queryAllByRole("link", { name, hidden: true });

  it("are there for a lead", async () => {
    await openModels(lead());
    await screen.findByText("Live now");
    expect(link("Desk")).not.toEqual([]);
    expect(link("Review")).not.toEqual([]);
  });

  it("lead a reviewer who is no expert to no desk", async () => {
    await openModels(bench(), "/models/compare");
    await screen.findByText("Nothing to compare right now");
    expect(link("Desk")).toEqual([]);
    expect(link("Review")).not.toEqual([]);
  });

  it("lead nowhere that is switched off", async () => {
    const at = lead();
    show(at, { review: false, escalation: false });
    await screen.findByText("Live now");
    expect(link("Desk")).toEqual([]);
    expect(link("Review")).toEqual([]);
  });
});
