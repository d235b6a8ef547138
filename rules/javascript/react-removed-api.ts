import React from "react";

class Store extends React.Component<Props> {
  // ruleid: react-removed-api
  componentWillReceiveProps(next: Props): void {
    this.setState(next);
  }
  // ok: react-removed-api
  componentDidUpdate(previous: Props): void {
    this.setState(previous);
  }
}
