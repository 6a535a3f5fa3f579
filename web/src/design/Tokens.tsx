import colour from "../styles/tokens/colour.css?raw";
import motion from "../styles/tokens/motion.css?raw";
import radius from "../styles/tokens/radius.css?raw";
import space from "../styles/tokens/space.css?raw";
import type from "../styles/tokens/type.css?raw";

/** Returns the names of the tokens in a style sheet that begin with a prefix, each once. */
const named = (sheet: string, prefix = "") =>
  [...new Set([...sheet.matchAll(/^\s+--([\w-]+):/gm)].flatMap(([, name = ""]) => name))].filter(
    (name) => name.startsWith(prefix),
  );

const token = (name: string) => `var(--${name})`;

export const Colours = () => (
  <ul className="design-swatches">
    {named(colour)
      .filter((name) => !name.startsWith("shadow"))
      .map((name) => (
        <li key={name}>
          <span style={{ background: token(name) }} />
          <code>{name}</code>
        </li>
      ))}
    {named(colour, "shadow").map((name) => (
      <li key={name}>
        <span style={{ boxShadow: token(name) }} />
        <code>{name}</code>
      </li>
    ))}
  </ul>
);

export const Types = () => (
  <dl className="design-types">
    {named(type, "text-").map((name) => (
      <div key={name}>
        <dt>
          <code>{name}</code>
        </dt>
        <dd style={{ fontSize: token(name) }}>The answer holds fast. 尽管问，答案丢不了。</dd>
      </div>
    ))}
    <div>
      <dt>
        <code>display</code>
      </dt>
      <dd style={{ fontFamily: token("display"), fontSize: token("text-2xl") }}>
        Ask. The answer holds fast.
      </dd>
    </div>
    <div>
      <dt>
        <code>mono</code>
      </dt>
      <dd style={{ fontFamily: token("mono") }}>XADD log * seq 1204</dd>
    </div>
    {named(type, "leading-").map((name) => (
      <div key={name}>
        <dt>
          <code>{name}</code>
        </dt>
        <dd style={{ lineHeight: token(name) }}>
          A turn belongs to the queue, not to the browser's tab: reload the page, and the reply
          still arrives, once, whole and in order.
        </dd>
      </div>
    ))}
  </dl>
);

export const Measures = () => (
  <>
    <ul className="design-bars">
      {named(space, "space-").map((name) => (
        <li key={name}>
          <code>{name}</code>
          <span style={{ width: token(name) }} />
        </li>
      ))}
    </ul>
    <ul className="design-swatches">
      {named(radius).map((name) => (
        <li key={name}>
          <span className="outlined" style={{ borderRadius: token(name) }} />
          <code>{name}</code>
        </li>
      ))}
    </ul>
  </>
);

export const Motions = () => (
  <ul className="design-motions">
    {named(motion, "motion-").map((name) => (
      <li key={name}>
        <code>{name}</code>
        <span style={{ animationDuration: `calc(4 * ${token(name)})` }} />
      </li>
    ))}
  </ul>
);
