((decorator [
  (attribute object: (_) attribute: (identifier) @name)
  (call function: (attribute object: (_) attribute: (identifier) @name))]) @match
  (#any-of? @name "before_first_request" "before_app_first_request"))
((call function: (attribute object: (_) attribute: (identifier) @name) arguments: (argument_list . (identifier) .)) @match
  (#any-of? @name "before_first_request" "before_app_first_request")
  (#not-has-parent? @match "decorator"))
((import_from_statement
  module_name: (dotted_name) @module
  name: [(dotted_name) @name (aliased_import name: (dotted_name) @name)]) @match
  (#match? @module "^flask(\\.json|\\.globals)?$")
  (#any-of? @name "escape" "Markup" "JSONEncoder" "JSONDecoder" "_app_ctx_stack" "_request_ctx_stack")
  (#not-has-ancestor? @match "try_statement" "if_statement"))
((import_from_statement module_name: (dotted_name) @module) @match
  (#match? @module "^flask\\.ext(\\.|$)")
  (#not-has-ancestor? @match "try_statement" "if_statement"))
((attribute object: [(identifier) (attribute object: (identifier))] @object) @match
  (#any-of? @object "flask" "flask.json")
  (#any-of? @match "flask.Markup" "flask.escape" "flask.json.JSONEncoder" "flask._app_ctx_stack" "flask._request_ctx_stack"))
((assignment left: (attribute object: (identifier) @app attribute: (identifier) @name)) @match
  (#eq? @app "app")
  (#any-of? @name "json_encoder" "json_decoder"))
