// ruleid: node-removed-api
export const icon = (text: string) => <img src={new Buffer(text).toString("base64")} />;
// ok: node-removed-api
export const other = (text: string) => <img src={Buffer.from(text).toString("base64")} />;
