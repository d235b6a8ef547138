// ruleid: any-annotation
const View = (props: any) => <p>{props.name}</p>;
// ok: any-annotation
const Other = (props: { name: string }) => <p>{props.name}</p>;
