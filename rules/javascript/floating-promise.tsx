export function Form({ url }: { url: string }) {
  const send = () => {
    // ruleid: floating-promise
    fetch(url, { method: "POST" }).then(() => alert("sent"));
  };
  // ok: floating-promise
  return <button onClick={send}>{"send"}</button>;
}
