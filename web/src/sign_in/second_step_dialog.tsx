import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useCallback, useState } from "react";
import { useLoaded } from "../shared/loaded";
import NotLoaded from "../shared/not_loaded";
import { useAttempt } from "./attempt";
import type { AppKey, Authentication } from "./authentication";
import AuthenticatorKey from "./authenticator_key";
import { sixDigits } from "./code_form";

interface SecondStepDialogProps {
  authentication: Authentication;
  onClose: () => void;
}

/** The second step of one's own sign-in: an authenticator app, on or off. */
export default function SecondStepDialog({ authentication, onClose }: SecondStepDialogProps) {
  const { loaded, again } = useLoaded(
    useCallback(() => authentication.hasSecondStep(), [authentication]),
  );
  const { busy, problem, attempt } = useAttempt();
  const [key, setKey] = useState<AppKey | null>(null);
  const [code, setCode] = useState("");

  const begin = () => attempt(async () => setKey(await authentication.beginSecondStep()));
  const end = () =>
    attempt(async () => {
      await authentication.endSecondStep();
      again();
    });
  const confirm = () =>
    attempt(async () => {
      await authentication.confirmSecondStep(sixDigits(code));
      setKey(null);
      setCode("");
      again();
    });

  const on = loaded.state === "ready" && loaded.value;
  return (
    <Modal
      visible
      header="Two-step sign-in"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Close
            </Button>
            {key ? (
              <Button variant="primary" loading={busy} onClick={() => void confirm()}>
                Switch on
              </Button>
            ) : on ? (
              <Button loading={busy} onClick={() => void end()}>
                Switch off
              </Button>
            ) : (
              <Button
                variant="primary"
                loading={busy}
                disabled={loaded.state !== "ready"}
                onClick={() => void begin()}
              >
                Set up
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {problem && (
          <div role="alert">
            <Alert type="error">{problem}</Alert>
          </div>
        )}
        {loaded.state === "loading" && <Spinner />}
        {loaded.state === "failed" && <NotLoaded problem={loaded.problem} again={again} />}
        {on && (
          <StatusIndicator type="success">
            On: your authenticator app is asked for at each sign-in.
          </StatusIndicator>
        )}
        {loaded.state === "ready" && !on && !key && (
          <Box>Off. With it, nobody signs in as you who has only your password.</Box>
        )}
        {key && (
          <SpaceBetween size="m">
            <Box>
              Scan this code with an authenticator app, or put in the key; then enter the number
              that the app shows.
            </Box>
            <AuthenticatorKey {...key} />
            <FormField label="Six digits">
              <Input
                value={code}
                onChange={({ detail }) => setCode(detail.value)}
                autoComplete="one-time-code"
                inputMode="numeric"
                autoFocus
                onKeyDown={({ detail }) => detail.key === "Enter" && void confirm()}
              />
            </FormField>
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Modal>
  );
}
