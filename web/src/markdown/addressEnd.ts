/**
 * GFM links a bare address up to the next blank, so that in Chinese or Japanese, which have none between words, the
 * sentence after it becomes a part of the address. Here it ends before letters and full-width punctuation of these
 * scripts: the tokenizers of GFM see the end of the text there. The same goes for the stops and commas of Arabic and
 * Hindi.
 */
const ENDS =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Bopo}\u060c\u061b\u061f\u06d4\u0964\u0965\u2013\u2014\u2018-\u201f\u2026\u3000-\u303f\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef\ud840-\ud88d]/u;

/** Matches one or more characters that end an address, or that do not. */
export const ADDRESS_PARTS = new RegExp(`${ENDS.source}+|[^${ENDS.source.slice(1)}+`, "gu");

/** Whether an address ends before this UTF-16 unit; the last range of `ENDS` begins rare Han characters. */
export const endsAddress = (code: number | null): boolean =>
  code !== null && code >= 0x60c && ENDS.test(String.fromCharCode(code));

/** Whether an address in this text may end where GFM alone would go on. */
export const hasAddressEnd = (text: string): boolean => ENDS.test(text);

type Code = number | null;
type State = (code: Code) => State | undefined;
interface Construct {
  name?: string;
  tokenize: Tokenize;
  previous?: (this: unknown, code: Code) => boolean;
}
type Attempt = (construct: Construct, then: State, otherwise?: State) => State;
interface Effects {
  attempt: Attempt;
  check: Attempt;
}
type Tokenize = (this: unknown, effects: Effects, ok: State, nok: State) => State;

/** Returns the tokenizer with an end of the text before each character that ends an address. */
function ending(tokenize: Tokenize): Tokenize {
  return function (effects, ok, nok) {
    let code: Code = null;
    const seeing = new WeakSet<State>();
    const foreign = new WeakSet<State>();
    const see = (state: State | undefined): State | undefined => {
      if (!state || seeing.has(state) || foreign.has(state)) return state;
      const seen: State = (next) => {
        code = next;
        return see(state(endsAddress(next) ? null : next));
      };
      seeing.add(seen);
      return seen;
    };
    // What comes after this tokenizer gets the true character.
    const leave =
      (state: State): State =>
      () => {
        const next = state(code);
        if (next) foreign.add(next);
        return next;
      };
    const wrap =
      (attempt: Attempt): Attempt =>
      (construct, then, otherwise) => {
        const start = attempt(
          { ...construct, tokenize: ending(construct.tokenize) },
          see(then) as State,
          see(otherwise),
        );
        return leave(start);
      };
    const own = { ...effects, attempt: wrap(effects.attempt), check: wrap(effects.check) };
    return see(tokenize.call(this, own, leave(ok), leave(nok))) as State;
  };
}

/** Returns a construct of GFM for bare addresses that ends them; `www.` may follow a character that ends one. */
export function endingConstruct(construct: Construct): Construct {
  const { previous } = construct;
  return {
    ...construct,
    tokenize: ending(construct.tokenize),
    ...(previous && {
      previous(code: Code) {
        return previous.call(this, code) || endsAddress(code);
      },
    }),
  };
}
