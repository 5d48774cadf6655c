# frozen_string_literal: true

# Sends an order, and says which worker has done so.
class OrdersController < ActionController::API
  rescue_from(WaterDrop::Errors::ProduceError) { head :service_unavailable }

  def create
    order = { amount: Integer(params[:amount]) }
    report = Karafka.producer.produce_sync(topic: "#{SHOP}.orders", payload: order.to_json)
    render plain: "worker #{Process.pid}, partition #{report.partition}, offset #{report.offset}", status: :created
  end
end
