((object_creation_expression type: (type_identifier) @type arguments: (argument_list (_))) @match
  (#any-of? @type "Integer" "Long" "Double" "Float" "Boolean" "Byte" "Short" "Character"))
((object_creation_expression type: (type_identifier) @type arguments: (argument_list . [(decimal_integer_literal) (identifier) (binary_expression)] . (_) . (_))) @match
  (#eq? @type "Date"))
((method_declaration type: (void_type) name: (identifier) @name @key parameters: (formal_parameters) @parameters) @match
  (#eq? @name "finalize")
  (#only? @parameters)
  (#match? @match "\\b(protected|public)\\b[^{]*\\bfinalize"))
((method_invocation object: (_) @object name: (identifier) @name) @match
  (#eq? @object "Thread.currentThread()")
  (#any-of? @name "stop" "suspend" "resume" "destroy" "countStackFrames"))
((method_invocation object: (identifier) @object name: (identifier) @name) @match
  (#eq? @object "System")
  (#any-of? @name "runFinalization" "runFinalizersOnExit" "getSecurityManager" "setSecurityManager"))
((method_invocation object: [(class_literal) (method_invocation name: (identifier) @get)] @object name: (identifier) @name arguments: (argument_list) @arguments) @match
  (#eq? @name "newInstance")
  (#match? @object "(\\.class|\\bgetClass\\(\\)|Class\\.forName\\([^()]*\\))$")
  (#only? @arguments))
((import_declaration (scoped_identifier) @name) @match
  (#match? @name "^(javax\\.xml\\.bind(\\.|$)|javax\\.activation(\\.|$)|javax\\.xml\\.ws\\.|javax\\.jws|javax\\.annotation\\.(PostConstruct|PreDestroy|Resource|Generated)$|org\\.omg\\.|sun\\.misc\\.BASE64(En|De)coder|java\\.applet)"))
