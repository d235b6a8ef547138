; One call.
((try_statement body: (block) @tried (except_clause (block . (expression_statement (call function: [(identifier) (attribute)] @log)) .)) @match)
  (#match? @match "^except\\s*(:|[^:]*\\b(Base)?Exception(Group)?\\b)")
  (#match? @log "^(print|pprint|((self|cls|app|current_app)\\.)?_?(log|logger|logging|LOG|LOGGER|_logger|_LOGGER|_log)\\.(debug|info|warn|warning|error|critical|fatal)|warnings\\.warn|click\\.(echo|secho))$")
  (#not-match? @match "exc_info|stack_info|format_exc|format_exception|print_exc|traceback|tb_lineno|file=sys\\.__")
  (#not-match? @tried "^(await\\s+)?[\\w.\\[\\]]+\\.(a?close|stop|shutdown|disconnect|cancel|terminate|kill|unlink|cleanup|join|release|quit|rmtree|flush)\\([^\\n]*$|\\b(rc|ret|status|code|exit_?code|retcode|ok|success|done|passed|failed|result)\\s*=\\s*(0|1|True|False)\\b"))

; Two calls.
((try_statement body: (block) @tried (except_clause (block
  . (expression_statement (call function: [(identifier) (attribute)] @log))
  . (expression_statement (call function: [(identifier) (attribute)] @more)) .)) @match)
  (#match? @match "^except\\s*(:|[^:]*\\b(Base)?Exception(Group)?\\b)")
  (#match? @log "^(print|pprint|((self|cls|app|current_app)\\.)?_?(log|logger|logging|LOG|LOGGER|_logger|_LOGGER|_log)\\.(debug|info|warn|warning|error|critical|fatal)|warnings\\.warn|click\\.(echo|secho))$")
  (#match? @more "^(print|pprint|((self|cls|app|current_app)\\.)?_?(log|logger|logging|LOG|LOGGER|_logger|_LOGGER|_log)\\.(debug|info|warn|warning|error|critical|fatal)|warnings\\.warn|click\\.(echo|secho))$")
  (#not-match? @match "exc_info|stack_info|format_exc|format_exception|print_exc|traceback|tb_lineno")
  (#not-match? @tried "^(await\\s+)?[\\w.\\[\\]]+\\.(a?close|stop|shutdown|disconnect|cancel|terminate|kill|unlink|cleanup|join|release|quit|rmtree|flush)\\([^\\n]*$|\\b(rc|ret|status|code|exit_?code|retcode|ok|success|done|passed|failed|result)\\s*=\\s*(0|1|True|False)\\b"))

; A call and a pass.
((try_statement body: (block) @tried (except_clause (block
  . (expression_statement (call function: [(identifier) (attribute)] @log))
  . (pass_statement) .)) @match)
  (#match? @match "^except\\s*(:|[^:]*\\b(Base)?Exception(Group)?\\b)")
  (#match? @log "^(print|pprint|((self|cls|app|current_app)\\.)?_?(log|logger|logging|LOG|LOGGER|_logger|_LOGGER|_log)\\.(debug|info|warn|warning|error|critical|fatal)|warnings\\.warn|click\\.(echo|secho))$")
  (#not-match? @match "exc_info|stack_info|format_exc|format_exception|print_exc|traceback|tb_lineno")
  (#not-match? @tried "^(await\\s+)?[\\w.\\[\\]]+\\.(a?close|stop|shutdown|disconnect|cancel|terminate|kill|unlink|cleanup|join|release|quit|rmtree|flush)\\([^\\n]*$|\\b(rc|ret|status|code|exit_?code|retcode|ok|success|done|passed|failed|result)\\s*=\\s*(0|1|True|False)\\b"))
