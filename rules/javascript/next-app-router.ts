// ok: next-app-router
import { useRouter } from "next/router";
// ruleid: next-app-router
import getConfig from "next/config";
// ok: next-app-router
export const getStaticProps = async () => ({ props: {} });
