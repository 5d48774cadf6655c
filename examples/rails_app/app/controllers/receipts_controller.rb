# frozen_string_literal: true

# Enqueues a job.
class ReceiptsController < ActionController::API
  def create
    job = ReceiptJob.perform_later(Integer(params[:amount]), "a request")
    render plain: job.job_id, status: :created
  end
end
