import "./answer_actions.css";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import ToggleButton from "@cloudscape-design/components/toggle-button";
import { usePage } from "./page_context";

interface AnswerActionsProps {
  text: string;
  thumb: "up" | "down" | undefined;
  onThumb: (thumb: "up" | "down") => void;
}

/** What a customer can do with an answer: say whether it helped, and copy it. */
export function AnswerActions({ text, thumb, onThumb }: AnswerActionsProps) {
  const { words } = usePage();
  return (
    <div className="answer-actions">
      <ToggleButton
        variant="icon"
        iconName="thumbs-up"
        pressedIconName="thumbs-up-filled"
        ariaLabel={words.helpful}
        pressed={thumb === "up"}
        onChange={() => onThumb("up")}
      />
      <ToggleButton
        variant="icon"
        iconName="thumbs-down"
        pressedIconName="thumbs-down-filled"
        ariaLabel={words.notHelpful}
        pressed={thumb === "down"}
        onChange={() => onThumb("down")}
      />
      <CopyToClipboard
        variant="icon"
        copyButtonAriaLabel={words.copy}
        copySuccessText={words.copied}
        copyErrorText={words.notCopied}
        textToCopy={text}
      />
    </div>
  );
}
