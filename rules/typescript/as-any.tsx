// ruleid: as-any
export const Page = (props: Props) => <Chart data={props.data as any} />;
// ruleid: as-any
const root = document.body as any;
// ok: as-any
const other = <Chart title="as any" data={props.data as Points} />;
