import React from "react";
import ReactDOM from "react-dom";
// ruleid: react-removed-api
import { findDOMNode } from "react-dom";
// ruleid: react-removed-api
import { act } from "react-dom/test-utils";

// ok: react-removed-api
import { createRoot, hydrateRoot } from "react-dom/client";
// ok: react-removed-api
import { createPortal } from "react-dom";
// ok: react-removed-api
import { render } from "@testing-library/react";

class Clock extends React.Component {
  // ruleid: react-removed-api
  componentWillMount() {
    this.setState({ time: 0 });
  }

  // ok: react-removed-api
  UNSAFE_componentWillUpdate() {}

  // ok: react-removed-api
  componentDidMount() {}

  render() {
    return <p>{this.state.time}</p>;
  }
}

// ruleid: react-removed-api
ReactDOM.render(<Clock />, document.body);
// ruleid: react-removed-api
Clock.propTypes = { time: React.PropTypes.number };
// ok: react-removed-api
createRoot(document.body).render(<Clock />);
// ok: react-removed-api
pdf.render(<Clock />, document.body);
// ReactDOM.render(<Clock />, document.body);
// ok: react-removed-api
const text = "ReactDOM.render(element)";
