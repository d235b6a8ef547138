'use client'
// ruleid: next-app-router
import { useRouter } from 'next/router'
// ok: next-app-router
import { useSearchParams } from 'next/navigation'

export default function Page() {
  return <p>{useRouter().pathname}</p>
}
