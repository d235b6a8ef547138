; asyncio.get_event_loop() where no loop runs
((function_definition
  body: (block (expression_statement [
    (assignment right: (call function: (attribute object: (identifier) @module attribute: (identifier) @name)) @match)
    (call function: (attribute object: (call function: (attribute object: (identifier) @module attribute: (identifier) @name)) @match))]))) @function
  (#eq? @module "asyncio")
  (#eq? @name "get_event_loop")
  (#match? @function "^def\\b")
  (#not-match? @function "get_running_loop|is_running"))
((module (expression_statement [
    (assignment right: (call function: (attribute object: (identifier) @module attribute: (identifier) @name)) @match)
    (call function: (attribute object: (call function: (attribute object: (identifier) @module attribute: (identifier) @name)) @match))]))
  (#eq? @module "asyncio")
  (#eq? @name "get_event_loop"))
((if_statement condition: (comparison_operator) @condition consequence: (block (expression_statement [
    (assignment right: (call function: (attribute object: (identifier) @module attribute: (identifier) @name)) @match)
    (call function: (attribute object: (call function: (attribute object: (identifier) @module attribute: (identifier) @name)) @match))])))
  (#match? @condition "__name__")
  (#eq? @module "asyncio")
  (#eq? @name "get_event_loop"))

; asyncio.sleep(1, loop=loop)
((call
  function: (attribute object: (identifier) @module attribute: (identifier) @name)
  arguments: (argument_list (keyword_argument name: (identifier) @argument value: (_) @loop))) @match
  (#eq? @module "asyncio")
  (#eq? @argument "loop")
  (#not-eq? @loop "None")
  (#any-of? @name "sleep" "wait" "wait_for" "gather" "shield" "as_completed" "open_connection" "start_server" "open_unix_connection"
    "start_unix_server" "create_subprocess_exec" "create_subprocess_shell" "Lock" "Event" "Condition" "Semaphore" "BoundedSemaphore" "Queue"
    "PriorityQueue" "LifoQueue"))
