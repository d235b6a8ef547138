import * as ReactDOM from "react-dom";
// ruleid: react-removed-api
import { useFormState } from "react-dom";
// ok: react-removed-api
import { useActionState } from "react";

// ruleid: react-removed-api
ReactDOM.hydrate(<App />, document.getElementById("root"));
