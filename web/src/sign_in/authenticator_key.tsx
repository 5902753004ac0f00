import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { QRCodeSVG } from "qrcode.react";
import type { AppKey } from "./authentication";

const SIDE_PX = 180;
/** The light frame that readers need around a code, in its own dots (ISO/IEC 18004, 6.3.8). */
const QUIET_ZONE = 4;

/** The key that goes into an authenticator app: to scan, to copy, or to open on a phone. */
export default function AuthenticatorKey({ secret, link }: AppKey) {
  return (
    <SpaceBetween size="xs">
      <QRCodeSVG
        value={link}
        size={SIDE_PX}
        marginSize={QUIET_ZONE}
        title="The key as a QR code, for the app's camera"
      />
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
