import { describe, expect, it } from "vitest";
import {
  columnsOf,
  linkedEscalation,
  NO_COLUMNS,
  searchOf,
  withColumn,
  withoutColumn,
} from "./columns";

const three = ["a", "b", "c"].reduce(withColumn, NO_COLUMNS);

describe("the columns", () => {
  it("stand in the order in which they were opened, each once", () => {
    expect(withColumn(three, "a")).toEqual({ ids: ["a", "b", "c"], active: "a" });
  });

  it("hand the work to the right neighbour when one is closed, at the end to the left", () => {
    expect(withoutColumn({ ...three, active: "b" }, "b")).toEqual({ ids: ["a", "c"], active: "c" });
    expect(withoutColumn(three, "c")).toEqual({ ids: ["a", "b"], active: "b" });
    expect(withoutColumn(withColumn(NO_COLUMNS, "a"), "a")).toEqual(NO_COLUMNS);
  });

  it("leave the work where it is when another one is closed", () => {
    expect(withoutColumn(three, "a").active).toBe("c");
  });

  it("are kept in the address", () => {
    expect(columnsOf(searchOf(three))).toEqual(three);
    expect(searchOf(NO_COLUMNS)).toBe("");
  });
});

describe("an e-mail's link", () => {
  it("names a conversation and its escalation", () => {
    const search = "?conversation=c-1&escalation=e-1";
    expect(columnsOf(search)).toEqual({ ids: ["c-1"], active: "c-1" });
    expect(linkedEscalation(search)).toBe("e-1");
  });

  it("that names no id opens nothing", () => {
    const search = "?conversation=../settings&conversation=&escalation=%3Cb%3E";
    expect(columnsOf(search)).toEqual(NO_COLUMNS);
    expect(linkedEscalation(search)).toBeNull();
  });
});
