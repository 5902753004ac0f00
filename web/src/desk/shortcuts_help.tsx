import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import { shortcutList } from "./shortcuts";

/** All that the keyboard can do here. */
export default function ShortcutsHelp({ apple, onClose }: { apple: boolean; onClose: () => void }) {
  return (
    <Modal visible header="Keyboard shortcuts" closeAriaLabel="Close" onDismiss={onClose}>
      <KeyValuePairs
        columns={2}
        items={shortcutList(apple).map(({ keys, what }) => ({
          label: <Box variant="code">{keys}</Box>,
          value: what,
        }))}
      />
    </Modal>
  );
}
