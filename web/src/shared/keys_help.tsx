import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";

export interface Key {
  keys: string;
  what: string;
  /** One key alone, which can be switched off. */
  single: boolean;
}

interface KeysHelpProps {
  keys: readonly Key[];
  single_keys: boolean;
  onSingleKeys: () => void;
  onClose: () => void;
}

/** All that the keyboard can do here. */
export default function KeysHelp({ keys, single_keys, onSingleKeys, onClose }: KeysHelpProps) {
  return (
    <Modal visible header="Keyboard" closeAriaLabel="Close" onDismiss={onClose}>
      <SpaceBetween size="l">
        <Toggle
          checked={single_keys}
          onChange={onSingleKeys}
          description="Switch them off if you speak to your computer, or press keys by accident."
        >
          Single keys
        </Toggle>
        <KeyValuePairs
          columns={2}
          items={keys
            .filter(({ single }) => single_keys || !single)
            .map((one) => ({ label: <Box variant="code">{one.keys}</Box>, value: one.what }))}
        />
      </SpaceBetween>
    </Modal>
  );
}
