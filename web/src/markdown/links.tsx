import { createContext, type ReactNode, use } from "react";
import { ImageIcon } from "../components/ui/icons";
import { FootnoteLink } from "./footnotes";
import { namesAnotherHost } from "./namedHost";
import { hostOf } from "./safeUrl";
import { type Drawn, textOf } from "./textOf";

interface LinkProps {
  href?: string | undefined;
  title?: string | undefined;
  id?: string | undefined;
  node?: Drawn;
  /** The visible text, if it is not that of `node`. */
  text?: string;
  children?: ReactNode;
}

/** True within a link, where a picture is no link of its own. */
const InLink = createContext(false);

/** An external link. Shows the host after the text if the text looks like another one. */
export function SafeLink({ href, title, id, node, text, children }: LinkProps) {
  if (!href) return <span>{children}</span>;
  if (href.startsWith("#")) {
    const { dataFootnoteRef, dataFootnoteBackref } = node?.properties ?? {};
    if (dataFootnoteRef === undefined && dataFootnoteBackref === undefined)
      return <span>{children}</span>;
    return (
      <FootnoteLink href={href} id={id} back={dataFootnoteBackref !== undefined}>
        {children}
      </FootnoteLink>
    );
  }
  const host = hostOf(href);
  const another = namesAnotherHost(text ?? textOf(node), host);
  return (
    <>
      <a
        href={href}
        title={[title, host, href].filter(Boolean).join("\n")}
        target="_blank"
        rel="noopener noreferrer nofollow"
      >
        <InLink value={true}>{children}</InLink>
      </a>
      {another && <bdi className="host"> ({host})</bdi>}
    </>
  );
}

interface PictureProps {
  src?: unknown;
  alt?: string | undefined;
}

/** Shows a link instead of a picture, which would be fetched from a host that the model chose. */
export function PictureLink({ src, alt }: PictureProps) {
  const href = typeof src === "string" ? src : undefined;
  const picture = (
    <span className="picture">
      <ImageIcon size={16} />
      {alt || href}
    </span>
  );
  if (use(InLink)) return picture;
  return (
    <SafeLink href={href} text={alt || (href ?? "")}>
      {picture}
    </SafeLink>
  );
}
