export function Image({ url }: { url: string }) {
  // ruleid: eslint-disable
  // eslint-disable-next-line react-hooks/exhaustive-deps
  useEffect(() => load(url), []);
  return (
    <figure>
      {/* ok: eslint-disable */}
      {/* why eslint-disable is absent */}
      {/* ruleid: eslint-disable */}
      {/* eslint-disable-next-line jsx-a11y/alt-text */}
      <img src={url} />
    </figure>
  );
}
