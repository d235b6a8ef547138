class OrdersController < ApplicationController
  # ruleid: removed-api
  before_filter :load_order

  def update
    # ruleid: removed-api
    if @order.update_attributes(params)
      # ruleid: removed-api
      redirect_to :back
    else
      # ruleid: removed-api
      render text: "failed"
    end
  end

  def show(path)
    # ruleid: removed-api
    return unless File.exists?(path)

    # ruleid: removed-api
    URI.escape(path)
  end
end

class CleanController < ApplicationController
  # ok: removed-api
  before_action :load_order

  # ok: removed-api
  def update_attributes(values)
    # ok: removed-api
    @order.update(values)
    # ok: removed-api
    render plain: "done"
  end

  def show(path, folder)
    # ok: removed-api
    return unless File.exist?(path) && folder.exists?(path)

    # ok: removed-api
    redirect_to orders_path
    # File.exists?(path)
    # ok: removed-api
    "before_filter :load_order"
  end
end
