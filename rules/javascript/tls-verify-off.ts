// ruleid: tls-verify-off
export const options: AgentOptions = { rejectUnauthorized: false };
// ok: tls-verify-off
export const strict: AgentOptions = { rejectUnauthorized: true };
