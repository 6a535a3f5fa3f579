import type { Catalogue } from "./catalogue";

/** The sentences about each error, by its code. */
export const problemsEn: Catalogue["problem"] = {
  network: "The server cannot be reached. Check your network.",
  server_unavailable: "The service is unavailable right now. Try again in a moment.",
  no_reply: "There is no reply to this message.",
  reply_cut: "The reply broke off; a part of it was kept.",
  invalid_request: "The request was not valid.",
  invalid_json: "The request was not valid JSON.",
  unknown_role: "There is no such persona.",
  unknown_model: "This model is not on offer.",
  message_empty: "The message is empty.",
  message_too_long: "The message is too long. Shorten it and send it again.",
  unknown_session: "This conversation cannot be found. It may have expired or been deleted.",
  unknown_turn: "This reply cannot be found. It may have expired.",
  unknown_message: "This message cannot be found. It may have been deleted. Reload and try again.",
  no_question: "There is no question to answer.",
  too_many_versions:
    "This message has too many versions. Go on with one of them, or start a new chat.",
  too_many_waiting: "Too many questions are waiting here. Wait for a reply, or remove one.",
  not_a_question: "Only a question can be edited.",
  not_waiting: "This question does not wait any more, so it cannot be changed or removed.",
  turn_running: "Another reply is running in this conversation.",
  bad_cursor: "The reading position was not valid.",
  no_identity: "This server requires a sign-in. Open it through your sign-in page.",
  bad_token: "Your sign-in is no longer valid. Sign in again.",
  wrong_user: "This conversation is not yours.",
  wrong_host: "Open this server at http://127.0.0.1.",
  forwarded: "This chat may only be used on the machine it runs on, without a proxy.",
  cross_site: "This came from another site's page. Open the chat itself.",
  no_guests: "This server has no guests. Sign in first.",
  identity_unavailable: "Your sign-in cannot be checked right now. Try again in a moment.",
  rate_limited: "Too many requests.",
  too_many_guests: "Too many new guests came from your network. Try again later.",
  too_many_turns_here: "Too many replies are running for your network. Try again in a moment.",
  too_many_turns: "Too many replies are running at once. Wait for one to finish.",
  too_many_streams: "Too many pages are following replies. Close some and try again.",
  too_many_pinned: "50 conversations are pinned, which is the limit. Unpin one of them first.",
  too_many_tags: "You use 100 different tags, which is the limit. Remove one of them first.",
  not_a_reply: "Only a reply can be voted on.",
  too_many_sessions: "You have as many conversations as are allowed. Delete some old ones first.",
  quota_reached: "Your conversations use all your storage. Delete some old ones first.",
  queue_slow: "The queue is too slow right now.",
  queue_full: "The queue is full right now.",
  store_full:
    "Storage is full, so nothing new can be saved. Delete old conversations, or ask the operator.",
  store_unavailable: "Nothing new can be saved right now. Try again in a moment.",
  redis_unavailable: "Storage is unavailable right now. Try again in a moment.",
  not_found: "There is nothing at this address.",
  method_not_allowed: "This action is not supported.",
  worker_starting: "The process was just started. Wait a few seconds, then pull the plug again.",
  launcher_unavailable: "The launcher does not answer. Look at the terminal in which it runs.",
  internal_error: "Something went wrong on the server. Try again in a moment.",
  invalid_http: "This is not a valid request. Reload the page.",
  head_too_slow: "The request took too long to arrive. Send it again.",
  head_too_large: "The request is too large. Delete this site's cookies, and reload the page.",
  too_many_connections: "The server is very busy. Try again in a moment.",
  body_too_slow: "The request took too long to arrive. Send it again.",
  body_too_large: "The request is too large. Shorten the message and send it again.",
  idempotency_key_reused: "Another message was already sent under this number. Send it again.",
  unknown_file: "This file is not on the server any more. Remove it, or attach it again.",
  file_attached: "This file belongs to a message, and is deleted with it.",
  file_too_large: "This file is too large. Attach a smaller one, or only the part that matters.",
  file_type_refused:
    "This kind of file cannot be read here. Attach a picture, a text, a PDF or a DOCX.",
  no_file: "No file arrived. Attach it again.",
  file_broken: "This file is damaged. Open it on your device, save it again, and attach that.",
  too_many_files:
    "A message has no room for so many files, so not all are attached. Send the others with the next one.",
  model_without_vision:
    "This model cannot see pictures. Choose one that can, or remove the pictures.",
  file_quota_reached:
    "Your files use all your storage. Delete conversations with files that you no longer need.",
  files_unavailable: "Files cannot be stored right now. Try again in a moment.",
  files_busy: "The server receives many files right now. Try again in a moment.",
  folder_dropped: "A folder cannot be attached. Choose the files in it.",
  export_cut: "The export broke off before its end, so nothing was saved. Try again.",
  import_cut: "The import broke off. What was reported before is imported.",
  import_too_large:
    "The file is larger than this server takes. Export fewer conversations at once, or remove the images from the ZIP.",
  import_empty: "The file is empty. Choose the file that the export made.",
  import_not_json:
    "The file is not complete JSON: it may be cut off or changed. Export it again, and choose it as it is.",
  import_unknown_form:
    "There are no conversations in a known form in this file. Choose an export of Holdfast, ChatGPT, Open WebUI or LibreChat.",
  import_newer_version:
    "The file was exported by a newer version of Holdfast. Ask the operator to update this server.",
  import_too_deep:
    "The JSON in the file is nested too deeply. With LibreChat, export without “recursive”.",
  import_bad_archive:
    "The ZIP is damaged, encrypted, or compressed in an unusual way. Unpack it, and choose conversations.json.",
  import_unpacks_too_large:
    "The files in the ZIP are too large once unpacked. Unpack it, and choose the files one by one.",
  import_too_many:
    "The file has more than 50,000 conversations. Split it, and import the parts one after another.",
  import_too_many_files:
    "The ZIP has too many files. Unpack it, and choose only the files with conversations.",
  import_unsafe_names:
    "The ZIP has file names that lead out of it. Unpack it with care, and choose only the conversations.",
  import_duplicate_names:
    "The ZIP has two files in the same place. Export the conversations again, and choose that file as it is.",
  import_running: "Another import of yours is still running. Wait until it ends, and try again.",
  imports_busy: "This server runs as many imports as it can. Try again in a moment.",
  import_no_space: "The server has no room for the file. Try again later, or ask the operator.",
  job_lost: "The queue lost this question. Try again.",
  question_expired:
    "This conversation's messages expired while the question waited. Send it again.",
  turn_failed: "The reply broke off.",
  model_too_large: "The model service sent much more text than allowed, and was cut off.",
  model_unreachable: "The model service cannot be reached.",
  model_timeout: "The model took too long to answer.",
  model_rate_limited: "The model service is limiting requests.",
  model_quota: "The model service's quota is used up.",
  model_server_error: "The model service had an error.",
  model_unauthorized: "The model service refused the API key. Check OPENAI_API_KEY.",
  model_not_found:
    "The model service does not know this model or address. Check OPENAI_MODEL and OPENAI_BASE_URL.",
  model_context_too_long:
    "The conversation is too long for this model. Clear the history or start a new chat.",
  model_bad_request: "The model service did not accept the request.",
  model_broken_stream: "The model's reply broke off in the middle.",
  model_incomplete: "The model ended before it was done.",
  model_empty_reply: "The model returned nothing.",
  model_unknown_end: "The model gave an unknown finish reason; the reply may be incomplete.",
  model_only_thoughts:
    "The model spent all its tokens on thinking. Raise OPENAI_MAX_TOKENS, or ask for less.",
  model_tool_call: "The model asked for a tool instead of answering.",
  turn_timeout: "The reply took longer than allowed.",
  attempts_exhausted: "Several attempts failed.",
};
