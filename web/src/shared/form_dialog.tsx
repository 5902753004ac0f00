import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import type { Refusal } from "../live/http";
import { useCovered } from "./covered";

type Field = RefObject<{ focus(): void } | null>;

interface FormDialogProps {
  header: string;
  /** What it does, said before it is done. */
  effect: string;
  warning?: string | null;
  /** The fields. */
  children?: ReactNode;
  /** The field in which the focus begins, where there is one. */
  first?: Field;
  /** The name of the button that does it; null: it can't be done any more. */
  confirm: string | null;
  /** Whether what was filled in will do; asked before each attempt. */
  check?: () => boolean;
  onConfirm: () => Promise<Refusal | null>;
  onClose: () => void;
}

/** Something is filled in, then done; where it is refused, the dialog stays and says why. */
export default function FormDialog(props: FormDialogProps) {
  const { header, effect, warning, children, first, confirm, check, onConfirm, onClose } = props;
  const covered = useCovered();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const close = useRef<ButtonProps.Ref>(null);
  const over = confirm === null;
  // The button that was pressed is gone.
  useEffect(() => {
    if (over) close.current?.focus();
  }, [over]);

  const attempt = async () => {
    if (check && !check()) return;
    setBusy(true);
    const refused = await onConfirm();
    setBusy(false);
    setRefusal(refused);
    if (!refused) onClose();
  };

  if (covered) return null;
  return (
    <Modal
      visible
      header={header}
      closeAriaLabel="Close"
      onDismiss={() => !busy && onClose()}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button ref={close} variant="link" disabled={busy} onClick={onClose}>
              {over ? "Close" : "Cancel"}
            </Button>
            {!over && (
              <Button variant="primary" loading={busy} onClick={() => void attempt()}>
                {confirm}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      {first && <FirstFocus field={first} />}
      <SpaceBetween size="m">
        <Box>{effect}</Box>
        {warning && <Alert type="warning">{warning}</Alert>}
        {refusal && (
          <div role="alert">
            <Alert type="error">{refusal.message}</Alert>
          </div>
        )}
        {children}
      </SpaceBetween>
    </Modal>
  );
}

/**
 * Cloudscape's modal focuses its first button by an effect, which also notes where the focus goes
 * back to at the end. Effects of what stands in it come earlier: hence the second one, which waits
 * for the render after it. `autoFocus` would be too early for both.
 */
function FirstFocus({ field }: { field: Field }) {
  const [opened, setOpened] = useState(false);
  useEffect(() => setOpened(true), []);
  useEffect(() => {
    if (opened) field.current?.focus();
  }, [opened, field]);
  return null;
}
