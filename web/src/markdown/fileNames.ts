/** Endings of files by what a fence calls its language. Others are the language itself, if it looks like an ending. */
const ENDINGS: Record<string, string> = {
  assembly: "asm",
  bash: "sh",
  batch: "bat",
  "c++": "cpp",
  "c#": "cs",
  clojure: "clj",
  cmd: "bat",
  console: "sh",
  csharp: "cs",
  elixir: "ex",
  erlang: "erl",
  "f#": "fs",
  fortran: "f90",
  fsharp: "fs",
  golang: "go",
  graphql: "graphql",
  haskell: "hs",
  javascript: "js",
  js: "js",
  jsonc: "json",
  julia: "jl",
  kotlin: "kt",
  latex: "tex",
  markdown: "md",
  math: "tex",
  matlab: "m",
  mermaid: "mmd",
  "objective-c": "m",
  objectivec: "m",
  ocaml: "ml",
  pascal: "pas",
  perl: "pl",
  plain: "txt",
  plaintext: "txt",
  postgresql: "sql",
  powershell: "ps1",
  protobuf: "proto",
  python: "py",
  python3: "py",
  razor: "cshtml",
  ruby: "rb",
  rust: "rs",
  sass: "sass",
  shell: "sh",
  "shell-session": "sh",
  solidity: "sol",
  stylus: "styl",
  svelte: "svelte",
  terraform: "tf",
  text: "txt",
  typescript: "ts",
  vbnet: "vb",
  verilog: "v",
  vhdl: "vhd",
  visualbasic: "vb",
  yaml: "yml",
  zsh: "sh",
};

/** Languages whose files have a name instead of an ending. */
const NAMES: Record<string, string> = {
  caddyfile: "Caddyfile",
  dockerfile: "Dockerfile",
  docker: "Dockerfile",
  gitignore: ".gitignore",
  makefile: "Makefile",
  make: "Makefile",
};

/** Returns the name of the file in which code of this language is saved. */
export function fileNameOf(language: string): string {
  const name = language.toLowerCase();
  const whole = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (whole) return whole;
  const ending = Object.hasOwn(ENDINGS, name) ? ENDINGS[name] : undefined;
  return `code.${ending ?? (/^[a-z0-9]{1,10}$/.test(name) ? name : "txt")}`;
}
