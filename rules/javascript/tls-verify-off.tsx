// ruleid: tls-verify-off
export const view = () => <Client tls={{ rejectUnauthorized: false }} />;
// ok: tls-verify-off
export const safe = () => <Client tls={{ ca: "ca.pem" }} />;
