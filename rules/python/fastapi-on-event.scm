((decorator (call
  function: (attribute object: (_) @app attribute: (identifier) @name)
  arguments: (argument_list . (string (string_content) @event) .))) @match
  (#eq? @name "on_event")
  (#any-of? @event "startup" "shutdown"))
((call
  function: (attribute attribute: (identifier) @name)
  arguments: (argument_list . (string (string_content) @event) . (_) .)) @match
  (#eq? @name "add_event_handler")
  (#any-of? @event "startup" "shutdown"))
((call
  function: [(identifier) @class (attribute attribute: (identifier) @class)]
  arguments: (argument_list (keyword_argument name: (identifier) @argument) @match))
  (#any-of? @class "FastAPI" "APIRouter" "Starlette")
  (#any-of? @argument "on_startup" "on_shutdown"))
