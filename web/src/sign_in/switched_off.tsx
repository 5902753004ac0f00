import "./entrance.css";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { ReactNode } from "react";

/** A page of a module that this deployment is without. */
export default function SwitchedOff({ header, children }: { header: string; children: ReactNode }) {
  return (
    <main className="entrance">
      <Container header={<Header variant="h1">{header}</Header>}>{children}</Container>
    </main>
  );
}
