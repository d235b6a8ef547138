((call_expression
  function: (_ object: (identifier) @object property: (property_identifier) @method) @match)
  (#match? @match "^(ReactDOM\\.(render|hydrate|unmountComponentAtNode|findDOMNode|unstable_renderSubtreeIntoContainer|unstable_createPortal)|React\\.(createClass|createFactory))$"))
((member_expression object: (identifier) @object property: (property_identifier) @name) @match
  (#match? @match "^React\\.(PropTypes|addons)$"))
((import_statement
  (import_clause (named_imports (import_specifier name: (identifier) @name) @match))
  source: (string (string_fragment) @module))
  (#eq? @module "react-dom")
  (#any-of? @name "render" "hydrate" "unmountComponentAtNode" "findDOMNode" "useFormState"))
((import_statement
  (import_clause (named_imports (import_specifier name: (identifier) @name) @match))
  source: (string (string_fragment) @module))
  (#eq? @module "react")
  (#any-of? @name "PropTypes" "createClass" "createFactory"))
((import_statement source: (string (string_fragment) @module)) @match
  (#any-of? @module "react-test-renderer/shallow" "react-addons-test-utils" "react-dom/test-utils" "react-addons-css-transition-group"))
((method_definition name: (property_identifier) @name) @match
  (#any-of? @name "componentWillMount" "componentWillReceiveProps" "componentWillUpdate")
  (#has-ancestor? @match "class_body"))
