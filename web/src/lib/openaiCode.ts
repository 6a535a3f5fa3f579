/** Returns the address that an OpenAI client takes as its base URL. All of `/api` reaches the server, also in a proxy. */
export const baseUrl = (origin = location.origin) => `${origin}/api/v1`;

/** Returns the line that makes the client of OpenAI's Python library. */
export const pythonLine = (token: string, url = baseUrl()) =>
  `from openai import OpenAI; client = OpenAI(base_url="${url}", api_key="${token}")`;
