import { request } from "./http";
import type { ApiTokens, NewApiToken, TokenForm } from "./schemas";

export const listTokens = () => request<ApiTokens>("/me/tokens");

export const makeToken = (body: TokenForm) =>
  request<NewApiToken>("/me/tokens", { method: "POST", body });

export const revokeToken = (id: string) =>
  request(`/me/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });
