// ruleid: vendor-key
const AWS_KEY = "AKIAQ4ZD7WNXK2RTVB6M";
// ruleid: vendor-key
const token = "ghp_k3Jd82LmQpZ7vXcR1tYwB5nHsG9fUaE4oT6i";
// ruleid: vendor-key
const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOwIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu";
// ok: vendor-key
const key = process.env.API_KEY;
// ok: vendor-key
const docs = "AKIAIOSFODNN7EXAMPLE";
// ok: vendor-key
const shape = "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
// ok: vendor-key
const head = "-----BEGIN PRIVATE KEY-----";
// ok: vendor-key
const digest = "9b74c9897bac770ffc029102a200c5de9b74c989";
// AKIAQ4ZD7WNXK2RTVB6M
// ok: vendor-key
const text = "sk-ant-";
// ok: vendor-key
const field = <input name="sk_live_" />;
