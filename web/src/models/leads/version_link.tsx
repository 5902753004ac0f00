import Link, { type LinkProps } from "@cloudscape-design/components/link";
import { addressOf, goToVersion } from "../places";

interface VersionLinkProps extends Pick<LinkProps, "fontSize"> {
  version: number;
  children: string;
}

/** The way to a version's details. */
export default function VersionLink({ version, children, fontSize }: VersionLinkProps) {
  return (
    <Link
      href={addressOf(version)}
      fontSize={fontSize}
      onFollow={(event) => {
        event.preventDefault();
        goToVersion(version);
      }}
    >
      {children}
    </Link>
  );
}
