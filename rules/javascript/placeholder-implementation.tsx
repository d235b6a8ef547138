export function Login() {
  const submit = async () => {
    // ruleid: placeholder-implementation
    // Replace this with your actual API call
    setUser({ name: "demo" });
  };
  // ok: placeholder-implementation
  return <input placeholder="In a real app, this would be your name" onChange={submit} />;
}
