"use client";

// ruleid: next-app-router
import { useRouter } from "next/router";
// ruleid: next-app-router
import Head from "next/head";
// ruleid: next-app-router
import Image from "next/legacy/image";
// ok: next-app-router
import { usePathname } from "next/navigation";
// ok: next-app-router
import Link from "next/link";
// ok: next-app-router
import { Router } from "react-router";

// ruleid: next-app-router
export async function getServerSideProps() {
  return { props: {} };
}

// import { useRouter } from "next/router";
// ok: next-app-router
export const text = 'import { useRouter } from "next/router"';
