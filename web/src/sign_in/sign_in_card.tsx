import "./sign_in_card.css";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

export interface SignInCardProps {
  heading: string;
  description?: ReactNode;
  /** What the button says. */
  submit: string;
  busy: boolean;
  problem: string | null;
  onSubmit: () => void;
  /** A way back or aside. */
  aside?: { text: string; onClick: () => void };
  children: ReactNode;
}

/** One step of signing in. */
export default function SignInCard(props: SignInCardProps) {
  const { heading, description, submit, busy, problem, onSubmit, aside, children } = props;
  return (
    <div className="sign-in-card">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) onSubmit();
        }}
      >
        <Container
          header={
            <Header variant="h1" description={description}>
              {heading}
            </Header>
          }
        >
          <Form
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {aside && (
                  <Button variant="link" formAction="none" onClick={aside.onClick}>
                    {aside.text}
                  </Button>
                )}
                <Button variant="primary" loading={busy} loadingText="One moment">
                  {submit}
                </Button>
              </SpaceBetween>
            }
          >
            <SpaceBetween size="m">
              {problem && (
                <div role="alert">
                  <Alert type="error">{problem}</Alert>
                </div>
              )}
              {children}
            </SpaceBetween>
          </Form>
        </Container>
      </form>
    </div>
  );
}
