class Shop
{
    void Positives(Order order)
    {
        try { Charge(order); }
        catch (PaymentException ex)
        {
            Log(ex);
            // ruleid: rethrow-loses-stack
            throw ex;
        }
        try { Ship(order); }
        catch (Exception e)
        {
            if (e is TimeoutException)
            {
                // ruleid: rethrow-loses-stack
                throw e;
            }
        }
        try { Mail(order); }
        catch (Exception e)
        {
            // ruleid: rethrow-loses-stack
            throw new ShopException(e.Message);
        }
    }

    void Negatives(Order order, Exception kept)
    {
        try { Charge(order); }
        catch (PaymentException ex)
        {
            Log(ex);
            // ok: rethrow-loses-stack
            throw;
        }
        try { Ship(order); }
        catch (Exception e)
        {
            // ok: rethrow-loses-stack
            throw new ShopException("not shipped", e);
        }
        try { Mail(order); }
        catch (Exception e)
        {
            // ok: rethrow-loses-stack
            throw kept;
        }
        // throw ex;
        // ok: rethrow-loses-stack
        Log("throw ex;");
    }
}
