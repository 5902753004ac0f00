import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { AppKey } from "../authentication";

/** The key that goes into an authenticator app. */
export default function AuthenticatorKey({ secret, link }: AppKey) {
  return (
    <SpaceBetween size="xs">
      <Box variant="awsui-key-label">Key</Box>
      <CopyToClipboard
        variant="inline"
        textToCopy={secret}
        copyButtonAriaLabel="Copy the key"
        copySuccessText="Copied"
        copyErrorText="Not copied"
      />
      <Link href={link}>Open it in an app on this device</Link>
    </SpaceBetween>
  );
}
