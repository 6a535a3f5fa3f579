import type { ReactNode } from "react";
import { ImageIcon } from "../components/ui/icons";
import { hostOf } from "./safeUrl";

interface LinkProps {
  href?: string | undefined;
  title?: string | undefined;
  children?: ReactNode;
}

const textOf = (children: ReactNode): string =>
  typeof children === "string"
    ? children
    : Array.isArray(children)
      ? children.map(textOf).join("")
      : "";

/** Whether a text is only the host or an address that begins with it, without a name before an `@`. */
function namesHost(text: string, host: string): boolean {
  const address = text
    .trim()
    .toLowerCase()
    .replace(/^(?:https?:\/\/|mailto:|tel:)/, "");
  const rest = address.slice(host.length);
  return address.startsWith(host.toLowerCase()) && /^(?:[/?#]\S*)?$/.test(rest);
}

/** An external link. Shows the host after the text if the text does not contain it. */
export function SafeLink({ href, title, children }: LinkProps) {
  if (!href) return <span>{children}</span>;
  if (href.startsWith("#")) return <a href={href}>{children}</a>;
  const host = hostOf(href);
  const showsHost = namesHost(textOf(children), host);
  return (
    <>
      <a
        href={href}
        title={title ? `${title}\n${href}` : href}
        target="_blank"
        rel="noopener noreferrer nofollow"
      >
        {children}
      </a>
      {host && !showsHost && <bdi className="host"> ({host})</bdi>}
    </>
  );
}

/** Shows a link instead of a picture, which would be fetched from a host that the model chose. */
export function PictureLink({ src, alt }: { src?: unknown; alt?: string | undefined }) {
  const href = typeof src === "string" ? src : undefined;
  return (
    <SafeLink href={href}>
      <span className="picture">
        <ImageIcon size={16} />
        {alt || href}
      </span>
    </SafeLink>
  );
}
