import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";
import type { Words } from "./words";

interface CrashScreenProps {
  words: Pick<Words, "crashed" | "reload">;
  children: ReactNode;
}

/** Instead of an empty page after a fault of ours: what is kept, and the way on. */
export class CrashScreen extends Component<CrashScreenProps, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError(): { crashed: boolean } {
    return { crashed: true };
  }

  override render(): ReactNode {
    const { words, children } = this.props;
    if (!this.state.crashed) return children;
    return (
      <Alert
        type="error"
        action={<Button onClick={() => location.reload()}>{words.reload}</Button>}
      >
        {words.crashed}
      </Alert>
    );
  }
}
