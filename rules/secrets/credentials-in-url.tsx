// ruleid: credentials-in-url
const database = "postgresql://app:Vq7-tmz2Lk@db.shopfront.io/main";
// ruleid: credentials-in-url
const documents = "mongodb+srv://root9:s3ttl3down@cluster0.ab1cd.mongodb.net/shop";
// ruleid: credentials-in-url
const remote = "https://deploy:9fK2-pp0z@git.shopfront.io/app.git";
// ok: credentials-in-url
const local = "postgresql://app:Vq7-tmz2Lk@localhost:5432/main";
// ok: credentials-in-url
const service = "redis://app:Vq7-tmz2Lk@cache:6379";
// ok: credentials-in-url
const docs = "https://user:password@git.shopfront.io";
// ok: credentials-in-url
const sample = "https://app:Vq7-tmz2Lk@example.com";
// ok: credentials-in-url
const open = "https://git.shopfront.io:8443/app@2";
// ok: credentials-in-url
const env = process.env.DATABASE_URL;
// ok: credentials-in-url
const filled = `postgresql://app:${open}@db.shopfront.io/main`;
// postgresql://app:Vq7-tmz2Lk@db.shopfront.io/main
// ok: credentials-in-url
const text = "postgresql://";
// ok: credentials-in-url
const link = <a href="https://git.shopfront.io">git</a>;
